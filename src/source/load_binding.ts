import { createRequire } from 'node:module'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { TapistryError } from '../base/errors.ts'
import type {
  NativeBeginning,
  NativeDescriptors,
  NativeFeed,
  NativeFeedOptions,
  NativeLive,
  NativeLiveOptions,
  NativeOptions,
  NativeOtlp,
  NativeOtlpOptions,
  NativePool,
  NativePoolOptions,
  NativePosition,
  NativeRun,
  NativeSyslog,
  NativeSyslogOptions,
  NativeText,
} from './binding.d.ts'

/** What the native engine gives to JavaScript. */
interface Binding {
  readonly NativeDescriptors: new (files: string[]) => NativeDescriptors
  readonly NativeRun: new (options: NativeOptions, descriptors?: NativeDescriptors) => NativeRun
  readonly NativeFeed: new (options: NativeFeedOptions, descriptors?: NativeDescriptors) => NativeFeed
  readonly NativePool: new (options: NativePoolOptions, descriptors?: NativeDescriptors) => NativePool
  readonly NativeOtlp: new (options: NativeOtlpOptions) => NativeOtlp
  readonly NativeSyslog: new (options: NativeSyslogOptions) => NativeSyslog
  readonly NativeText: new (path: string) => NativeText
  knownBeginning(path: string, known: NativePosition[]): Promise<NativeBeginning | null>
  shapePath(path: string, literals: string[]): string
  openLive(options: NativeLiveOptions, descriptors?: NativeDescriptors): Promise<NativeLive>
  captureProblem(): string | null
  keepNetRaw(): boolean
  notifyManager(state: string): boolean
}

let loaded: Binding | undefined

/** The platform's package where it is installed, else the one beside this build. */
export function binding(): Binding {
  loaded ??= load()
  return loaded
}

function load(): Binding {
  const require = createRequire(import.meta.url)
  const name = platformName()
  try {
    return require(`@tapistry/native-${name}`) as Binding
  } catch {
    // Not installed as a package of its own: the binary lies beside this build.
  }
  const file = fileURLToPath(new URL(`../../npm/${name}/tapistry.${name}.node`, import.meta.url))
  if (!existsSync(file)) {
    throw new TapistryError(
      'ENGINE',
      `there is no native engine for ${name}: install Rust (https://rustup.rs) and run \`npm run build\` in ${fileURLToPath(new URL('../..', import.meta.url))}`,
    )
  }
  return require(file) as Binding
}

/** `linux-x64-gnu`, as napi-rs names platforms. */
export function platformName(): string {
  const libc = process.platform !== 'linux' ? '' : existsSync('/etc/alpine-release') ? '-musl' : '-gnu'
  const suffix = process.platform === 'win32' ? '-msvc' : libc
  return `${process.platform}-${process.arch}${suffix}`
}
