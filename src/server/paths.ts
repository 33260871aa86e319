/** Paths that are looked at by themselves: those of pages, and of calls for which other rules hold. */
export const pagePath = '/'
export const docsPath = '/docs'
export const openApiPath = '/openapi.json'
export const loginPath = '/api/login'
export const livePath = '/api/inspect'
export const capturePath = '/api/analyze'
