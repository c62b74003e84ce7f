import { TapistryError } from '../base/errors.ts'
import { tapistryVersion } from '../base/version.ts'
import { knownServices } from '../config/known_services.ts'
import type { Config } from '../config/options.ts'
import type { RegisteredSpecs } from '../config/registered_specs.ts'
import { decided } from '../finding/decided.ts'
import type { Decision } from '../finding/decision.ts'
import { readOut } from '../finding/read_out.ts'
import type { Known } from '../finding/reader.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import type { InventoryState } from '../inventory/state.ts'
import { printable } from '../output/text.ts'
import { compileRegistry } from '../registry/compile_registry.ts'
import type { CommandContext } from './command.ts'

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
  const { readRegisteredSpecs } = await import('../config/registered_specs.ts')
  const { specProblemText } = await import('../config/spec_files.ts')
  const { registry, bindings, problems } = readRegisteredSpecs(paths, config?.specs ?? [], streams.cwd)
  for (const problem of problems) {
    if (problem.fatal || !quiet) streams.note(`tapistry: ${printable(specProblemText(problem))}`)
    if (problem.fatal) exit(3)
  }
  return { registry, bindings }
}

/** What is known beside the traffic, with the documents among `decisions`. */
export async function knownWith({ registry, bindings }: RegisteredSpecs, config: Config | null, decisions: readonly Decision[]): Promise<Known> {
  const known = { registry, bindings, services: knownServices(config?.services ?? []), version: tapistryVersion() }
  // Documents bring the parser of YAML.
  return decisions.length === 0 ? known : (await import('../finding/documents.ts')).withDecisions(known, decisions)
}

/** Everything that is shown, out of the state: with what people decided. */
export function publishedReadOut(state: InventoryState, known: Known, decisions: readonly Decision[]): InventoryDocument {
  return decided(readOut(state, known), decisions, Date.now())
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
