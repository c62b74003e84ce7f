/** Whether a media type or a path says that a response is a page or a static file, not an API's answer. */
export function isWebMedia(mediaType: string): boolean {
  return webTypes.has(mediaType) || /^(?:image|font|audio|video)\//.test(mediaType)
}

/** Whether a path ends like a static file. */
export function isStaticPath(path: string): boolean {
  return /\.(?:css|js|mjs|map|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|eot|otf|mp[34]|webm|wasm|html?|txt)$/i.test(path)
}

const webTypes: ReadonlySet<string> = new Set([
  'text/html',
  'application/xhtml+xml',
  'text/css',
  'text/javascript',
  'application/javascript',
  'application/x-javascript',
  'application/wasm',
  'application/manifest+json',
  'application/font-woff',
  'application/vnd.ms-fontobject',
])
