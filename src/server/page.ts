/**
 * The console as one HTML page, built from `src/console` by `npm run build`: script and style stand in it, and its
 * policy lets no others run and nothing be loaded from anywhere else.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'

export interface Page {
  readonly html: string
  readonly headers: Readonly<Record<string, string>>
}

/** From the sources, and from the built code. */
const places = ['../../dist/console/index.html', '../../console/index.html']

const notBuilt =
  '<!doctype html><title>gb28181</title><p>The console is built by <code>npm run build</code>. <a href="/docs">API</a>'

export function loadPage(): Page {
  const place = places.map((path) => new URL(path, import.meta.url)).find((url) => existsSync(url))
  const html = place === undefined ? notBuilt : readFileSync(place, 'utf8')
  return {
    html,
    headers: {
      'content-security-policy': policyOf(html),
      'cache-control': 'no-cache',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
  }
}

function policyOf(html: string): string {
  return [
    "default-src 'none'",
    `script-src ${hashes(html, 'script')}`,
    `style-src ${hashes(html, 'style')}`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function hashes(html: string, element: 'script' | 'style'): string {
  const found = [...html.matchAll(new RegExp(`<${element}[^>]*>([\\s\\S]*?)</${element}>`, 'g'))]
  if (found.length === 0) return "'none'"
  return found.map(([, inside = '']) => `'sha256-${createHash('sha256').update(inside).digest('base64')}'`).join(' ')
}
