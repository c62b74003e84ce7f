/** The ids of a control in OSCAL: tokens, which begin with a letter and hold neither brackets nor slashes. Those of NIST are as its own catalogs write them. */
export function oscalIds(framework: string, control: string): { readonly control: string; readonly statement: string } {
  const token = (forms[framework] ?? plain)(control)
  return { control: token, statement: framework === 'nist-csf-2.0' ? `${token}_statement` : `${token}_smt` }
}

/** What a finding is of: the statement of a control. */
export function targetOf(framework: string, control: string): { readonly type: 'statement-id'; readonly target: string } {
  return { type: 'statement-id', target: oscalIds(framework, control).statement }
}

const forms: Readonly<Record<string, (control: string) => string>> = {
  // CM-8(3) is cm-8.3.
  'nist-sp-800-53r5': (control) => control.toLowerCase().replace(/\((\d+)\)/, '.$1'),
  'nist-sp-800-207': (control) => `sp800-207-${control}`,
  'pci-dss-4.0.1': (control) => `pci-${control}`,
  'iso-27001-2022': (control) => `iso-${control}`,
  'iso-27017-2015': (control) => `iso-${control}`,
  'nis2': (control) => `nis2-${control}`,
  'dora': (control) => `dora-${control}`,
}

function plain(control: string): string {
  return control
}
