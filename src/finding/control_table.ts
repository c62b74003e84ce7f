/** What a kind says of a control: that it holds, as far as was seen; that it does not; or little of either. */
export type Relationship = 'supports' | 'contradicts' | 'contributes-to'

/** A framework of controls, in the edition that the table below is of. */
export interface Framework {
  readonly id: string
  readonly name: string
  readonly edition: string
  /** Whether titles are those that it publishes; else they are our words, and the id counts. */
  readonly titlesVerified: boolean
  /** Whether its ids were compared with a copy of it. */
  readonly idsVerified: boolean
}

export interface Mapping {
  readonly kind: string
  readonly framework: string
  readonly control: string
  readonly relationship: Relationship
}

export const frameworks: readonly Framework[] = [
  framework('owasp-api-2023', 'OWASP API Security Top 10', '2023', { titles: true, ids: true }),
  framework('nist-sp-800-228', 'NIST SP 800-228, protection of APIs', 'upd1 (March 2026)', { titles: false, ids: false }),
  framework('nist-csf-2.0', 'NIST Cybersecurity Framework', '2.0', { titles: false, ids: true }),
  framework('nist-sp-800-53r5', 'NIST SP 800-53', 'release 5.2.0', { titles: false, ids: true }),
  framework('nist-sp-800-207', 'NIST SP 800-207, tenets of zero trust', '2020', { titles: false, ids: true }),
  framework('pci-dss-4.0.1', 'PCI DSS', '4.0.1', { titles: false, ids: true }),
  framework('iso-27001-2022', 'ISO/IEC 27001, Annex A', '2022', { titles: false, ids: true }),
  framework('iso-27017-2015', 'ISO/IEC 27017', '2015', { titles: false, ids: false }),
  framework('nis2', 'NIS2: N of Directive 2022/2555, I of the annex of Implementing Regulation 2024/2690', '2024', { titles: false, ids: true }),
  framework('dora', 'DORA: D of Regulation 2022/2554, R of Delegated Regulation 2024/1774', '2024', { titles: false, ids: true }),
]

/** Every mapping, by kind, then framework in the order above. */
export function mappings(): readonly Mapping[] {
  return parsed
}

/** What a control asks for, in a few words; its id where nothing is written. */
export function titleOf(control: string): string {
  return titles.get(control) ?? control
}

function framework(id: string, name: string, edition: string, verified: { readonly titles: boolean; readonly ids: boolean }): Framework {
  return { id, name, edition, titlesVerified: verified.titles, idsVerified: verified.ids }
}

/**
 * A row a kind: kind, sign (`-` a finding, `+` evidence that something works), then the controls of each framework in the order above. `~` behind a
 * control: it says little of it, and decides nothing.
 */
const table = `
inv.endpoint-observed|+|API9|REC-API-4 REC-API-8|ID.AM-02 ID.AM-03 DE.CM-01|CM-8 CM-8(2) PM-5|T1 T7|12.5.1 6.3.2~|A.5.9||I12.4.1 I12.4.2.a N21.2.i|D8.1 D8.4 D8.6 R4.2.b.i
inv.shadow-endpoint|-|API9|REC-API-1 REC-API-4|ID.AM-02 ID.AM-08 ID.RA-01|CM-8(3) CM-7 SI-4(22) SA-5|T1|12.5.1 2.2.4|A.5.9 A.8.9 A.8.32||I12.4.1 I6.7.2.f|D8.1 D8.4 D8.6
inv.shadow-service|-|API9|REC-API-1 REC-API-4|ID.AM-02 DE.CM-01|CM-8(3) SI-4(22) CM-7(1)|T1|12.5.1 12.5.2|A.5.9 A.8.20||I12.4.1 I6.7.2.a|D8.4 D8.6 R13.1.b
inv.zombie-endpoint|-|API9|REC-API-4|ID.AM-08 PR.PS-02|CM-7(1) SA-22 CM-8|T1|2.2.4 12.3.4|A.5.9 A.8.32||I12.4.3 I6.7.2.f|D8.7 R4.2.a R4.2.b.ix
inv.dormant-documented|-|API9|REC-API-4 REC-API-8|ID.AM-08|CM-7(1) CM-8||2.2.4|A.5.9||I12.4.3|D8.6
inv.third-party-egress|+|API10 API9|REC-API-4|ID.AM-04 ID.AM-03 GV.SC-04 DE.CM-06|SA-9 CA-3 AC-20|T1|12.8.1 1.2.4|A.5.19 A.5.22 A.5.23|CLD.6.3.1|I5.2.b I6.8.1 N21.2.d|D8.5 D28.3 R4.2.b.viii
spec.coverage|+|API9|REC-API-1 REC-API-2 REC-API-3|ID.AM-02 PR.PS-06 GV.OV-03|SA-5 CM-2 CA-7||6.2.1|A.8.26 A.5.37||I6.2.2.a|D8.1
spec.request-drift|-|API3 API8|REC-API-3 REC-API-13 REC-API-19|ID.RA-01 PR.PS-01 DE.CM-09|SI-10 CM-3 SC-7(17)||6.2.4 6.5.1|A.8.9 A.8.26||I6.4.1|D9.4.e
spec.response-drift|-|API3|REC-API-3 REC-API-13 REC-API-20|ID.RA-01 PR.PS-01|SI-15 CM-3||6.5.1|A.8.9 A.8.12||I6.4.1|D9.4.e
spec.auth-mismatch|-|API2 API5|REC-API-11 REC-API-12|PR.AA-03 PR.AA-05 ID.RA-01|AC-3 AC-14 IA-9|T3 T6|7.2.5 6.2.4|A.8.3 A.8.5||I11.6.1|D9.4.c D9.4.d
data.sensitive-flow|+|API3|REC-API-7|ID.AM-07 ID.AM-03|PM-5(1) CM-12 CM-12(1) RA-2|T1|12.5.2 1.2.4|A.5.12 A.5.34||I12.1.1|D8.1 R4.2.b.iii
data.sensitive-unauthenticated|-|API3 API2|REC-API-11 REC-API-12|PR.AA-03 PR.AA-05 PR.DS-02|AC-3 AC-14 SI-15|T6|7.2.5|A.8.3 A.8.12 A.5.34||I11.1.1|D9.3.c D9.4.c
data.sensitive-in-url|-|API3|REC-API-25|PR.DS-02|SC-8 AU-3(3) AU-13||3.4.1~|A.8.11 A.8.12||I9.2.a|R14.1.a
data.pan-observed|+|API3|REC-API-7|ID.AM-07|CM-12(1)||12.5.2 1.2.4 3.4.1|A.5.12||I12.1.1|R4.2.b.iii
auth.method-inventory|+|API2|REC-API-11|PR.AA-01 PR.AA-03|IA-2 IA-8 IA-9|T6|8.3.1|A.8.5||I11.6.1|D9.4.d
`

const titles: ReadonlyMap<string, string> = new Map(
  lines(`
API1|Broken Object Level Authorization
API2|Broken Authentication
API3|Broken Object Property Level Authorization
API4|Unrestricted Resource Consumption
API5|Broken Function Level Authorization
API6|Unrestricted Access to Sensitive Business Flows
API7|Server Side Request Forgery
API8|Security Misconfiguration
API9|Improper Inventory Management
API10|Unsafe Consumption of APIs
REC-API-1|every API has a specification
REC-API-2|specifications are in a known description language
REC-API-3|requests and responses have schemas
REC-API-4|an inventory with owners, shadow and zombie APIs included
REC-API-7|fields are annotated by what they mean
REC-API-8|the inventory has facts of the runtime
REC-API-11|requests are authenticated
REC-API-12|each request is authorized
REC-API-13|requests are validated by form
REC-API-19|fields of requests are validated
REC-API-20|fields of responses are authorized
REC-API-25|sensitive values are masked
GV.OV-03|performance of risk management is measured
GV.SC-04|suppliers are known and ordered by criticality
ID.AM-02|software, services and systems are inventoried
ID.AM-03|authorized communication and data flows are represented
ID.AM-04|services of suppliers are inventoried
ID.AM-07|data of designated types are inventoried
ID.AM-08|assets are managed over their life cycle
ID.RA-01|vulnerabilities are identified and recorded
PR.AA-01|identities and credentials are managed
PR.AA-03|users, services and hardware are authenticated
PR.AA-05|access permissions are defined, enforced and reviewed
PR.DS-02|data in transit are protected
PR.PS-01|configurations are managed
PR.PS-02|software is maintained, replaced and removed
PR.PS-06|software is developed securely
DE.CM-01|networks and network services are monitored
DE.CM-06|services of external providers are monitored
DE.CM-09|computing, runtimes and their data are monitored
AC-3|access enforcement
AC-14|actions permitted without identification
AC-20|use of external systems
AU-3(3)|limits of personal data in audit records
AU-13|monitoring for disclosure of information
CA-3|information exchange
CA-7|continuous monitoring
CM-2|baseline configuration
CM-3|control of configuration changes
CM-7|least functionality
CM-7(1)|periodic review of functions and services
CM-8|inventory of system components
CM-8(2)|automated maintenance of the inventory
CM-8(3)|automated detection of unauthorized components
CM-12|location of information
CM-12(1)|automated tools that find where information is
IA-2|authentication of users of the organization
IA-8|authentication of users from outside
IA-9|authentication of services
PM-5|inventory of systems
PM-5(1)|inventory of personal data
RA-2|categorization by security
SA-5|documentation of systems
SA-9|services of external providers
SA-22|components without support
SC-7(17)|automated enforcement of protocol formats
SC-8|confidentiality and integrity in transmission
SI-4(22)|network services without authorization
SI-10|validation of input
SI-15|filtering of output
T1|all data sources and services are resources
T3|access is granted for a session
T6|authentication and authorization come before access
T7|facts of assets and communication are collected
1.2.4|diagrams of data flows
2.2.4|only the services and functions that are needed
3.4.1|card numbers are masked when shown
6.2.1|own software is developed securely
6.2.4|own software withstands common attacks
6.3.2|inventory of own software and its components
6.5.1|changes follow procedures
7.2.5|least privilege of application and system accounts
8.3.1|user access is authenticated
12.3.4|hardware and software are reviewed each year
12.5.1|inventory of system components in scope
12.5.2|the scope is documented and confirmed
12.8.1|list of third-party service providers
A.5.9|inventory of assets
A.5.12|classification of information
A.5.19|security with suppliers
A.5.22|services of suppliers are watched
A.5.23|use of cloud services
A.5.34|privacy and personal data
A.5.37|documented procedures
A.8.3|restriction of access
A.8.5|secure authentication
A.8.9|management of configurations
A.8.11|masking of data
A.8.12|prevention of leaks
A.8.20|security of networks
A.8.26|security requirements of applications
A.8.32|management of changes
CLD.6.3.1|shared roles with a cloud provider
N21.2.d|security of the supply chain
N21.2.i|access and management of assets
I5.2.b|register of suppliers
I6.2.2.a|security requirements in development
I6.4.1|management of changes
I6.7.2.a|documentation of the network architecture
I6.7.2.f|connections and services that are not needed go
I6.8.1|segments of networks
I9.2.a|cryptography by class of asset
I11.1.1|rules of logical and physical access
I11.6.1|secure authentication
I12.1.1|classification of assets
I12.4.1|inventory of assets
I12.4.2.a|what the inventory lists
I12.4.3|review of the inventory
D8.1|functions, assets and dependencies are identified
D8.4|assets and their configuration are mapped
D8.5|processes that depend on providers are identified
D8.6|the inventory is maintained at each major change
D8.7|legacy systems are assessed
D9.3.c|prevention of loss of confidentiality and integrity
D9.4.c|access is limited to what is approved
D9.4.d|strong authentication
D9.4.e|control of changes
D28.3|register of contracts with providers
R4.2.a|management of assets over their life cycle
R4.2.b.i|a unique id for each asset
R4.2.b.iii|a classification for each asset
R4.2.b.viii|links and dependencies of assets
R4.2.b.ix|end of support of assets
R13.1.b|connections and data flows are documented
R14.1.a|protection of data in transmission
`).map(([control = '', title = '']) => [control, title]),
)

const parsed: readonly Mapping[] = lines(table).flatMap(([kind = '', sign, ...columns]) =>
  columns.flatMap((column, at) =>
    column.split(' ').flatMap((text): Mapping[] => {
      const of = frameworks[at]
      if (text === '' || of === undefined) return []
      const isWeak = text.endsWith('~')
      const relationship = isWeak ? 'contributes-to' : sign === '+' ? 'supports' : 'contradicts'
      return [{ kind, framework: of.id, control: isWeak ? text.slice(0, -1) : text, relationship }]
    }),
  ),
)

function lines(text: string): string[][] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.split('|'))
}
