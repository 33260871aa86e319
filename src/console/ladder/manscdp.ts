/** A MANSCDP body element by element, each with the clause of GB/T 28181-2022 Annex A that defines it. */
import type { Field } from './decode.ts'

export interface Element extends Field {
  readonly depth: number
}

/** By root, then by command; the commands of one root stand in one clause where no other is said. */
const clauses: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Control: { '': 'A.2.3', DeviceControl: 'A.2.3.1', DeviceConfig: 'A.2.3.2' },
  Query: { '': 'A.2.4', DeviceStatus: 'A.2.4.3', Catalog: 'A.2.4.4', DeviceInfo: 'A.2.4.5' },
  Notify: { '': 'A.2.5', Keepalive: 'A.2.5.2' },
  Response: { '': 'A.2.6', DeviceStatus: 'A.2.6.5', DeviceInfo: 'A.2.6.6', Catalog: 'A.2.6.7' },
}

/** Elements that mean the same in every command. */
const common: Readonly<Record<string, string>> = {
  CmdType: 'A.2.1',
  SN: 'A.2.1',
  DeviceID: 'A.2.1 · 附录E',
  SumNum: '附录M',
  Item: 'A.2.1.9',
  ExtraInfo: 'A.2.1',
}

/** Undefined for what is not such a document: it is shown as it is. */
export function manscdpElements(body: string): readonly Element[] | undefined {
  const bare = body.replace(/^\s*<\?xml[^>]*\?>/, '').trim()
  if (!bare.startsWith('<')) return undefined
  const document = new DOMParser().parseFromString(bare, 'application/xml')
  const root = document.documentElement
  if (document.querySelector('parsererror') !== null || clauses[root.tagName] === undefined) return undefined
  const cmd = root.querySelector(':scope > CmdType')?.textContent.trim() ?? ''
  const own = clauses[root.tagName]
  const clause = own?.[cmd] ?? own?.[''] ?? ''
  return [...elementsIn(root, 0, clause)]
}

function* elementsIn(element: globalThis.Element, depth: number, clause: string): Generator<Element> {
  const children = [...element.children]
  const attributes = [...element.attributes].map(({ name, value }) => `${name}="${value}"`)
  const value = children.length === 0 ? element.textContent.trim() : attributes.join(' ')
  const name = element.tagName
  const defined = depth === 0 ? clause : (common[name] ?? clause)
  yield { name, value, clause: `GB/T 28181-2022 ${defined}`, depth }
  for (const child of children) yield* elementsIn(child, depth + 1, name === 'Item' ? 'A.2.1.9' : clause)
}
