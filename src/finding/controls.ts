import type { ControlDocument } from '../inventory/document.ts'

/**
 * The controls that a finding of a kind speaks against, by framework, in the order of the table. A finding falsifies a control at that place;
 * its absence attests nothing, so the only verdict here is `not_satisfied`.
 */
export function controlsOf(kind: string): readonly ControlDocument[] {
  const byFramework = controls[kind]
  if (!byFramework) return []
  return Object.entries(byFramework).flatMap(([framework, ids]) => ids.map((control) => ({ framework, control, verdict: 'not_satisfied' as const })))
}

/**
 * Control ids by finding kind and framework. `nist-sp-800-228`: recommendations of the API protection guide. `nist-sp-800-207`: tenets T1-T7 of
 * zero trust. `nis2`: `I` is the annex of Implementing Regulation 2024/2690, `N` the Directive 2022/2555. `dora`: `D` is Regulation
 * 2022/2554, `R` Delegated Regulation 2024/1774. `iso-27001-2022`: Annex A.
 */
const controls: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'inv.shadow-service': {
    'owasp-api-2023': ['API9'],
    'nist-sp-800-228': ['REC-API-1', 'REC-API-4'],
    'nist-csf-2.0': ['ID.AM-02', 'DE.CM-01'],
    'nist-sp-800-53r5': ['CM-8(3)', 'SI-4(22)', 'CM-7(1)'],
    'nist-sp-800-207': ['T1'],
    'pci-dss-4.0.1': ['12.5.1', '12.5.2'],
    'iso-27001-2022': ['A.5.9', 'A.8.20'],
    'nis2': ['I12.4.1', 'I6.7.2.a'],
    'dora': ['D8.4', 'D8.6', 'R13.1.b'],
  },
  'inv.shadow-endpoint': {
    'owasp-api-2023': ['API9'],
    'nist-sp-800-228': ['REC-API-1', 'REC-API-4'],
    'nist-csf-2.0': ['ID.AM-02', 'ID.AM-08', 'ID.RA-01'],
    'nist-sp-800-53r5': ['CM-8(3)', 'CM-7', 'SI-4(22)', 'SA-5'],
    'nist-sp-800-207': ['T1'],
    'pci-dss-4.0.1': ['12.5.1', '2.2.4'],
    'iso-27001-2022': ['A.5.9', 'A.8.9', 'A.8.32'],
    'nis2': ['I12.4.1', 'I6.7.2.f'],
    'dora': ['D8.1', 'D8.4', 'D8.6'],
  },
  'inv.zombie-endpoint': {
    'owasp-api-2023': ['API9'],
    'nist-sp-800-228': ['REC-API-4'],
    'nist-csf-2.0': ['ID.AM-08', 'PR.PS-02'],
    'nist-sp-800-53r5': ['CM-7(1)', 'SA-22', 'CM-8'],
    'nist-sp-800-207': ['T1'],
    'pci-dss-4.0.1': ['2.2.4', '12.3.4'],
    'iso-27001-2022': ['A.5.9', 'A.8.32'],
    'nis2': ['I12.4.3', 'I6.7.2.f'],
    'dora': ['D8.7', 'R4.2.a', 'R4.2.b.ix'],
  },
  'inv.dormant-documented': {
    'owasp-api-2023': ['API9'],
    'nist-sp-800-228': ['REC-API-4', 'REC-API-8'],
    'nist-csf-2.0': ['ID.AM-08'],
    'nist-sp-800-53r5': ['CM-7(1)', 'CM-8'],
    'pci-dss-4.0.1': ['2.2.4'],
    'iso-27001-2022': ['A.5.9'],
    'nis2': ['I12.4.3'],
    'dora': ['D8.6'],
  },
  'spec.request-drift': {
    'owasp-api-2023': ['API3', 'API8'],
    'nist-sp-800-228': ['REC-API-3', 'REC-API-13', 'REC-API-19'],
    'nist-csf-2.0': ['ID.RA-01', 'PR.PS-01', 'DE.CM-09'],
    'nist-sp-800-53r5': ['SI-10', 'CM-3', 'SC-7(17)'],
    'pci-dss-4.0.1': ['6.2.4', '6.5.1'],
    'iso-27001-2022': ['A.8.9', 'A.8.26'],
    'nis2': ['I6.4.1'],
    'dora': ['D9.4.e'],
  },
  'spec.response-drift': {
    'owasp-api-2023': ['API3'],
    'nist-sp-800-228': ['REC-API-3', 'REC-API-13', 'REC-API-20'],
    'nist-csf-2.0': ['ID.RA-01', 'PR.PS-01'],
    'nist-sp-800-53r5': ['SI-15', 'CM-3'],
    'pci-dss-4.0.1': ['6.5.1'],
    'iso-27001-2022': ['A.8.9', 'A.8.12'],
    'nis2': ['I6.4.1'],
    'dora': ['D9.4.e'],
  },
  'spec.auth-mismatch': {
    'owasp-api-2023': ['API2', 'API5'],
    'nist-sp-800-228': ['REC-API-11', 'REC-API-12'],
    'nist-csf-2.0': ['PR.AA-03', 'PR.AA-05', 'ID.RA-01'],
    'nist-sp-800-53r5': ['AC-3', 'AC-14', 'IA-9'],
    'nist-sp-800-207': ['T3', 'T6'],
    'pci-dss-4.0.1': ['7.2.5', '6.2.4'],
    'iso-27001-2022': ['A.8.3', 'A.8.5'],
    'nis2': ['I11.6.1'],
    'dora': ['D9.4.c', 'D9.4.d'],
  },
  'data.sensitive-unauthenticated': {
    'owasp-api-2023': ['API3', 'API2'],
    'nist-sp-800-228': ['REC-API-11', 'REC-API-12'],
    'nist-csf-2.0': ['PR.AA-03', 'PR.AA-05', 'PR.DS-02'],
    'nist-sp-800-53r5': ['AC-3', 'AC-14', 'SI-15'],
    'nist-sp-800-207': ['T6'],
    'pci-dss-4.0.1': ['7.2.5'],
    'iso-27001-2022': ['A.8.3', 'A.8.12', 'A.5.34'],
    'nis2': ['I11.1.1'],
    'dora': ['D9.3.c', 'D9.4.c'],
  },
  'data.sensitive-in-url': {
    'owasp-api-2023': ['API3'],
    'nist-sp-800-228': ['REC-API-25'],
    'nist-csf-2.0': ['PR.DS-02'],
    'nist-sp-800-53r5': ['SC-8', 'AU-3(3)', 'AU-13'],
    'iso-27001-2022': ['A.8.11', 'A.8.12'],
    'nis2': ['I9.2.a'],
    'dora': ['R14.1.a'],
  },
}
