import type { runProcess as RunProcess } from './process.ts'

/**
 * Stands for `process.ts` in `dist/`: the same out of a bundle whose code was compiled when it was built, since compiling was a third of a short
 * scan. Compiled code serves the version, platform and flags alone that made it; without it the bundle runs as well, and starts slower.
 */
export const runProcess: typeof RunProcess = loadBundle(import.meta.dirname)

function loadBundle(folder: string): typeof RunProcess {
  // An import statement would read every property of these modules, which loads streams.
  const { createRequire } = process.getBuiltinModule('node:module')
  const { readFileSync, writeFileSync, existsSync } = process.getBuiltinModule('node:fs')
  const { join } = process.getBuiltinModule('node:path')
  const { setFlagsFromString } = process.getBuiltinModule('node:v8')
  const { Script } = process.getBuiltinModule('node:vm')
  // Most functions of a scan run for a fraction of a second: optimising them ten times later costs less than it brings.
  setFlagsFromString('--invocation-count-for-maglev=3000')
  setFlagsFromString('--invocation-count-for-turbofan=30000')
  const entry = join(folder, 'process.cjs')
  const require = createRequire(entry)
  require.extensions['.cjs'] = (module, file) => {
    const codeFile = `${file}-${process.version}-${process.platform}-${process.arch}.code`
    const script = new Script(`(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`, {
      filename: file,
      cachedData: existsSync(codeFile) ? readFileSync(codeFile) : undefined,
    })
    // The build asks for it, and runs a scan: compiled is what ran.
    if (process.env['TAPISTRY_KEEP_CODE'] === '1') process.on('exit', () => writeFileSync(codeFile, script.createCachedData()))
    script.runInThisContext()(module.exports, createRequire(file), module, file, folder)
  }
  return (require(entry) as { readonly runProcess: typeof RunProcess }).runProcess
}
