import { compileRegistry } from '../registry/compile_registry.ts'
import type { Bindings, Registry } from '../registry/registry.ts'
import type { SpecProblem } from '../registry/spec.ts'
import type { Config } from './options.ts'
import { readSpecFiles } from './spec_files.ts'

/** The registered documents, and which services the user said they are for. */
export interface RegisteredSpecs {
  readonly registry: Registry
  readonly bindings: Bindings
}

/** Reads the documents in `paths` and of the configuration. Never throws: what is wrong with them is in `problems`. */
export function readRegisteredSpecs(
  paths: readonly string[],
  configured: Config['specs'],
  cwd: string,
): RegisteredSpecs & { readonly problems: readonly SpecProblem[] } {
  const fromConfig = configured.map(({ path, service }) => ({ files: readSpecFiles([path], cwd), service }))
  const given = readSpecFiles(paths, cwd)
  const bindings = new Map<string, string[]>()
  for (const { files, service } of fromConfig) {
    if (service === undefined) continue
    for (const { id } of files.specs) bindings.set(id, [...(bindings.get(id) ?? []), service.toLowerCase()])
  }
  const all = [...fromConfig.map(({ files }) => files), given]
  const specs = all.flatMap((files) => files.specs)
  return { registry: compileRegistry(specs, { bindings }), bindings, problems: all.flatMap((files) => files.problems) }
}
