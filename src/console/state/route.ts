/** Where the viewer is: all of it in the fragment of the address, so that everything is a link and Back works. */
import { useEffect, useState } from 'preact/hooks'

export interface Route {
  readonly path: readonly string[]
  readonly query: URLSearchParams
}

export function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?')
  return { path: path.split('/').filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(query) }
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const changed = () => setHash(location.hash)
    addEventListener('hashchange', changed)
    return () => removeEventListener('hashchange', changed)
  }, [])
  return routeOf(hash)
}

export const linkTo = (...path: readonly string[]): string => `#/${path.map(encodeURIComponent).join('/')}`

/** The same place with other settings; empty ones are left out. Typing leaves no trail in the history. */
export function setQuery(change: Readonly<Record<string, string>>): void {
  const { path, query } = routeOf(location.hash)
  for (const [name, value] of Object.entries(change)) {
    if (value === '') query.delete(name)
    else query.set(name, value)
  }
  const text = query.toString()
  location.replace(`${linkTo(...path)}${text === '' ? '' : `?${text}`}`)
  // The browser itself tells of it only after keys that were pressed meanwhile.
  dispatchEvent(new Event('hashchange'))
}
