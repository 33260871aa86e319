/** The columns of a ladder: who speaks, in the order of first appearance, each by its name where its messages tell one. */
import type { Message } from '../flight/message.ts'
import type { MediaFlow } from './rows.ts'

export interface Column {
  /** `address:port`, or the address alone. */
  readonly end: string
  /** The 20-digit ID by which it calls itself. */
  readonly name?: string
}

export interface Columns {
  readonly all: readonly Column[]
  of(end: string): number
}

export interface ColumnsOptions {
  /** One for each address, whatever the port. */
  readonly byAddress: boolean
  readonly media: readonly MediaFlow[]
}

export function columnsOf(messages: readonly Message[], { byAddress, media }: ColumnsOptions): Columns {
  const key = byAddress ? addressOf : (end: string) => end
  const names = new Map<string, string | undefined>()
  const order = new Map<string, number>()
  const see = (end: string) => {
    if (!order.has(end)) order.set(end, order.size)
  }
  for (const message of messages) {
    const from = key(message.from)
    see(from)
    see(key(message.to))
    if (names.get(from) === undefined && message.kind === 'request') names.set(from, nameIn(message))
  }
  for (const message of messages) nameByDevice(names, message, key)
  const ends = new Map<string, string>()
  for (const { from, to } of media) {
    const sender = endOf(key(from), [...order.keys()])
    ends.set(from, sender)
    // Of one machine both ends have its address.
    ends.set(
      to,
      endOf(
        key(to),
        [...order.keys()].filter((end) => end !== sender),
      ),
    )
    see(sender)
    see(ends.get(to) ?? to)
  }
  const all = [...order.keys()].map((end) => {
    const name = names.get(end)
    return { end, ...(name !== undefined && { name }) }
  })
  return { all, of: (end) => order.get(ends.get(end) ?? key(end)) ?? 0 }
}

/** Media has ports of its own: it is drawn between those who signal, as long as the address is theirs. */
const endOf = (end: string, columns: readonly string[]): string =>
  columns.includes(end) ? end : (columns.find((column) => addressOf(column) === addressOf(end)) ?? end)

/** A device that only answers says nowhere who it is; the other end is then the one that has another name. */
function nameByDevice(
  names: Map<string, string | undefined>,
  { from, to, deviceId }: Message,
  key: (end: string) => string,
): void {
  if (deviceId === undefined) return
  for (const [end, other] of [
    [key(from), key(to)],
    [key(to), key(from)],
  ] as const) {
    const name = names.get(other)
    if (names.get(end) === undefined && name !== undefined && name !== deviceId) names.set(end, deviceId)
  }
}

const addressOf = (end: string): string => end.replace(/:\d+$/, '')

/** Who sends a request stands in its From (GB/T 28181 annex: IDs are its users). */
const nameIn = ({ text }: Message): string | undefined =>
  /^(?:From|f)[ \t]*:[^\r\n]*?sips?:(\d{20})\b/im.exec(text)?.[1]
