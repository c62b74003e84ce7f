import { TapistryError } from '../base/errors.ts'
import { tapistryVersion } from '../base/version.ts'
import type { Config } from '../config/options.ts'
import { assess } from '../finding/assess.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import { readInventory, type ServiceOptions } from '../inventory/read.ts'
import type { InventoryState } from '../inventory/state.ts'
import { toDocument } from '../inventory/to_document.ts'
import { printable } from '../output/text.ts'
import { bindByOverlap } from '../registry/bind_by_overlap.ts'
import { compileRegistry } from '../registry/compile_registry.ts'
import type { Bindings, Registry } from '../registry/registry.ts'
import type { CommandContext } from './command.ts'

/** The registered documents, and which services the user said they are for. */
export interface RegisteredSpecs {
  readonly registry: Registry
  readonly bindings: Bindings
}

/**
 * The documents in `paths` and of the configuration. What is wrong with them goes to standard error, a line each; a document that cannot be
 * used at all makes the exit code 3.
 */
export async function readRegistry(
  paths: readonly string[],
  config: Config | null,
  { streams, exit }: CommandContext,
  quiet: boolean,
): Promise<RegisteredSpecs> {
  if (paths.length === 0 && (config?.specs ?? []).length === 0) return { registry: compileRegistry([]), bindings: new Map() }
  // The YAML parser is loaded only where there is something to read: it is a third of the start of a scan.
  const { readSpecFiles, specProblemText } = await import('./spec_files.ts')
  const configured = (config?.specs ?? []).map(({ path, service }) => ({ files: readSpecFiles([path], streams.cwd), service }))
  const given = readSpecFiles(paths, streams.cwd)
  const bindings = new Map<string, string[]>()
  for (const { files, service } of configured) {
    if (service === undefined) continue
    for (const { id } of files.specs) bindings.set(id, [...(bindings.get(id) ?? []), service.toLowerCase()])
  }
  const all = [...configured.map(({ files }) => files), given]
  const problems = all.flatMap((files) => files.problems)
  for (const problem of problems) {
    if (problem.fatal || !quiet) streams.note(`tapistry: ${printable(specProblemText(problem))}`)
    if (problem.fatal) exit(3)
  }
  return {
    registry: compileRegistry(
      all.flatMap(({ specs }) => specs),
      { bindings },
    ),
    bindings,
  }
}

/** Everything that is shown, out of the state: a pure function of state, registry and what the user says of services. */
export function readOut(state: InventoryState, specs: RegisteredSpecs, config: Config | null): InventoryDocument {
  const registry = boundRegistry(state, specs)
  const inventory = readInventory(state, registry, { services: (config?.services ?? []).map(serviceOptions) })
  return toDocument(inventory, assess(inventory), state.counters(), tapistryVersion())
}

/** Documents that name no host are bound to the services whose paths they explain; what the user said of the others stays. */
function boundRegistry(state: InventoryState, { registry, bindings }: RegisteredSpecs): Registry {
  const unbound = registry.specs.filter(({ id }) => !bindings.has(id))
  if (unbound.length === 0) return registry
  const seen = new Map(
    [...state.services()].map(([service, observations]) => [service, observations.map(({ key }) => ({ method: key.method, pathShape: key.path }))]),
  )
  const found = bindByOverlap(unbound, seen)
  return found.size === 0 ? registry : compileRegistry(registry.specs, { bindings: new Map([...found, ...bindings]) })
}

function serviceOptions(said: Config['services'][number]): ServiceOptions {
  const direction = said.exposure === 'external' ? 'inbound' : said.exposure
  return { name: said.name.toLowerCase(), hosts: (said.hosts ?? []).map((host) => host.toLowerCase()), owner: said.owner ?? null, direction: direction ?? null }
}

/** The service a user names, by name, host or id. */
export function serviceNamed(inventory: InventoryDocument, name: string): InventoryDocument['services'][number] {
  const wanted = name.toLowerCase()
  const service = inventory.services.find((candidate) => candidate.id === wanted || candidate.name === wanted || candidate.hosts.includes(wanted))
  if (service !== undefined) return service
  const known = inventory.services
    .slice(0, 10)
    .map((candidate) => printable(candidate.name))
    .join(', ')
  throw new TapistryError('USAGE', `no service is called ${printable(name)}: ${known === '' ? 'the inventory is empty' : `known are ${known}`}`)
}
