/** Which methods a path answers: read off the API, for 405 and its Allow. */
import { Api } from './api.ts'
import { docsPath, livePath, openApiPath, pagePath } from './paths.ts'

const pages: readonly string[] = [pagePath, docsPath, openApiPath, livePath]

/** The methods of a path, empty for one that does not exist. */
export function methodsOf(path: string): string[] {
  if (pages.includes(path)) return ['GET', 'HEAD']
  const endpoints = Object.values(Api.groups).flatMap((group) => Object.values(group.endpoints))
  const methods = endpoints.filter((endpoint) => matches(endpoint.path, path)).map(({ method }): string => method)
  return methods.includes('GET') ? [...methods, 'HEAD'] : methods
}

const matches = (template: string, path: string): boolean => {
  const [wanted, given] = [template.split('/'), path.split('/')]
  return wanted.length === given.length && wanted.every((part, index) => part.startsWith(':') || part === given[index])
}
