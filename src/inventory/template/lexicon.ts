/**
 * How common a word is in the paths of published APIs, 0 (in none or hardly any) to 1. Words stand in the paths of at least three of 189
 * providers; the providers whose traffic the tests are scored on were left out, so that scores are not about words that were learned from them.
 */
export function familiarity(word: string): number {
  return familiarities.get(word) ?? 0
}

/** Every word that is known at all, sorted: the native engine keeps these apart where there are too many literals. */
export function familiarWords(): readonly string[] {
  return [...familiarities.keys()].toSorted()
}

/** Words by the least number of providers that use them: 3 to 4, 5 to 9, 10 to 19, 20 and more. */
const wordsByProviders: readonly (readonly [number, string])[] = [
  [
    3,
    `about absolute accuracy ack activation actors adapters admins ads advanced agent aggregate ai air amazon analyses anonymize
  answers apikeys apis apply archived area articles artifact artifacts as associations at audio authenticate authorizations
  authorized authors autocomplete average background backups balances beta bgp bindings bookmarks bot brands browser build bundles
  bytes ca cached calculate calendar calls capabilities captions capture case cases cash cert certificate certs changelog charge
  checks child children cities claim classes classification classifications clicks clusters comment companies compare compliance
  component configurations connection connectors consent consents consumers contexts contribution contributions control cookies
  country coverage credential dataset datasets dates dealers decode deployment deposit derived destinations detail detailed digital
  directory disconnect distance docs downloads duplicate duration echo edge encoding end endpoints enterprise entities entity entry
  environment environments ephemeral episodes error evaluate expense expression extract factor factors favorites favourite feedback
  fees fetch field firewall fixed flag flows forecast forgot forms forwarding friends full funds gateways gift global google guest
  guests healthcheck histogram hold hooks host hotel identity imports inbound industries installation institutions instructions int
  internal invalidate invitation invocations ips journal jwt latency layer legacy legal lifecycle like limit limits listings load
  locales lock mail maintenance managed management manager mapping mappings mark market marketdata markets master max mfa microsoft
  migration mode model modify module monitoring movies multiple my object objects offer offers only openapi operation operations
  option org orgs original os outgoing output outputs overrides overview ownership parse partner parts patch path patient patients
  pay people per permission person pick place places platforms playback point points poll popular ports posts preferences prefixes
  prepare presence pricing privacy process program programs promote property provision pull purchase purge qr queries quotes range
  reactions ready receipt receipts recipient recipients record recording recover redirect refund registered registrations registry
  reject remote rename render renew replace repositories reserve resize resolution restrictions retrieve returns reviews reward
  rights rooms rotate routing runs sale saml sample schemes scope scopes scripts searches select sent setting shares shipments
  shipping sign signup simple size snippet spaces specs speed split ssh sso standard statement statements states static steps stops
  stores streams string strings sub submissions suggested support suspend swagger table taxes tcp term terminate threshold tiers
  timer timestamp tools total trace traces traffic transform tree trend trigger ua ui unassign universal unlink unread unregister
  uri userinfo uuid validation validator vehicle vendor verified video void volume vpn watching watermark web welcome whitelist word
  words workflows year zone`,
  ],
  [
    5,
    `accept active activities activity addons agents alert alerts aliases analysis analytics app application applications apps asset
  assets assign assignments attachment attribute audit authentication authorization authorize auto availability avatar bank base
  basic batches blocks booking brand bundle business cache call callback campaigns cards catalog certificates changes chat checkout
  class clear clone close cloud cluster collection collections columns commands commit company complete components configs confirm
  confirmation connect conversations convert cost credentials credits currency daily dashboard database date deactivate definition
  definitions deleted delivery deployments direct dns document domain draft edit emails employee errors estimate exchange execute
  exists exports external failed feature features feed filters financial find folders followers following form free from gateway
  general geo http in incoming index indexes information input insights install instance integration inventory invite invites ip is
  issue issues item job join label labels last leave level licenses likes line lines linked local logo lookup map member memberships
  merchant meta method methods migrate mobile models multi names namespaces network nodes note notification notify numbers on one
  online organization out owner packages page pages parameters party pause peers pending performance phone pinned plan plans
  platform plugins png pools positions post preview prices priority private profiles progress project promotions properties provider
  publish push quality quote random rate rates raw read recent records recurring reference references refunds regenerate regions
  registration related release releases replies reporting resend resource response responses rest restart restore result results
  resume retention retry return reverse review revisions risk role route routes rule run sales samples saved scan scheduled
  schedules schema schemas script secret secrets segments self sets setup severity share shared shipment show similar site sites
  slack snapshot snapshots source state statistics stock storage store submit suggestions supported swap switch tag target targets
  task tax team teams terms tests third threads thumbnail timeseries timezones topics track tracks transaction transfers transitions
  updated updates upgrade upsert urls username value values variants vat verification videos view views virtual voice with workflow
  xml zip zones`,
  ],
  [
    10,
    `action actions activate address addresses admin and archive attachments attributes available balance batch billing bulk card
  category change channel channels client clients code codes comments configuration connections contact contacts copy countries
  counts credit csv currencies current customer customers device devices disable documents domains enable entries export filter for
  generate group health html ids images instances integrations invoice invoices items jobs key languages latest license link links
  lists live location locations log logout logs media members message messages move name networks new notes notifications number of
  options order orders organizations payment payments pdf permissions ping policies policy price product projects providers public
  query refresh register remove report request requests resources revoke schedule security series server services session sessions
  set sms sources stats statuses stream subscription subscriptions sync system tasks template templates test text time tokens top
  tracking transactions transfer type uploads url usage validate version versions webhook webhooks`,
  ],
  [
    20,
    `access account accounts add all api auth by cancel categories check config content count create custom data default delete details
  download email event events fields file files get groups history id image import info json keys list login me metadata metrics
  oauth password products profile reports reset roles rules search send service settings start status stop summary tags to token
  types update upload user users verify`,
  ],
]

const familiarities: ReadonlyMap<string, number> = new Map(
  wordsByProviders.flatMap(([providers, words]) => words.split(/\s+/).map((word): [string, number] => [word, Math.log1p(providers) / Math.log1p(20)])),
)
