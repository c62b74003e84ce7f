import type { InventoryDocument, Severity } from '../inventory/document.ts'
import { counted } from '../output/text.ts'
import type { Gate } from './scan_options.ts'

/** Why the gates do not let this inventory through, a sentence for each; empty where they do. */
export function failedGates(inventory: InventoryDocument, gates: readonly Gate[]): string[] {
  const reasons: string[] = []
  for (const gate of gates) {
    if ('label' in gate) {
      const endpoints = inventory.services.flatMap((service) => service.endpoints).filter(({ labels }) => labels.includes(gate.label))
      if (endpoints.length > 0) reasons.push(`${counted(endpoints.length, 'endpoint')} with label ${gate.label}`)
    } else {
      const findings = inventory.findings.filter(
        ({ severity, state }) => rank[severity] >= rank[gate.severity] && state !== 'resolved' && state !== 'suppressed',
      )
      if (findings.length > 0) reasons.push(`${counted(findings.length, 'finding')} of severity ${gate.severity} or worse`)
    }
  }
  return reasons
}

const rank: Readonly<Record<Severity, number>> = { info: 0, low: 1, medium: 2, high: 3, critical: 4 }
