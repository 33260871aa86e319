/** What a ladder shows of messages: filtered, repetitions folded, idle stretches as rows of their own. */
import type { TraceRow } from '../../analyze.ts'

export type Message = Pick<
  TraceRow,
  'frame' | 'at' | 'transport' | 'from' | 'to' | 'label' | 'kind' | 'callId' | 'deviceId' | 'repeats' | 'unanswered'
> & { readonly text: string }

export type Row =
  | { readonly kind: 'message'; readonly message: Message; readonly delta: number; readonly again: readonly number[] }
  | { readonly kind: 'idle'; readonly ms: number; readonly before: number }

/** Nothing for this long is told by a row, milliseconds. */
const idleAfter = 5000

/** Terms joined by AND; `-` negates; `method:`, `cmd:`, `status:`, `device:`, else any text of the message. */
export function matches(message: Message, filter: string): boolean {
  return filter
    .split(/\s+/)
    .filter(Boolean)
    .every((term) => {
      const negated = term.startsWith('-')
      return holds(message, (negated ? term.slice(1) : term).toLowerCase()) !== negated
    })
}

function holds({ label, deviceId = '', repeats, text }: Message, term: string): boolean {
  const [, name = '', value = ''] = /^(method|cmd|status|device|has):(.*)$/.exec(term) ?? []
  if (name === 'method') return new RegExp(`^${literal(value)}\\b|\\(${literal(value)}\\)`, 'i').test(label)
  if (name === 'cmd') return label.toLowerCase().includes(value)
  if (name === 'status') return new RegExp(`^${literal(value).replaceAll('x', '\\d')}`).test(label)
  if (name === 'device') return deviceId.startsWith(value)
  if (name === 'has') return value === 'retransmission' && repeats !== undefined
  return text.toLowerCase().includes(term)
}

export function rowsOf(messages: readonly Message[]): Row[] {
  const first = new Map<number, number[]>()
  const rows: Row[] = []
  let before: number | undefined
  for (const message of messages) {
    const at = Date.parse(message.at)
    const original = message.repeats === undefined ? undefined : first.get(message.repeats)
    if (original !== undefined) {
      original.push(at)
      continue
    }
    const again: number[] = []
    first.set(message.frame, again)
    const delta = before === undefined ? 0 : at - before
    if (delta >= idleAfter) rows.push({ kind: 'idle', ms: delta, before: message.frame })
    rows.push({ kind: 'message', message, delta, again })
    before = at
  }
  return rows
}

/** `×3 +0.5 s +1.5 s` */
export function repeated(at: string, again: readonly number[]): string {
  if (again.length === 0) return ''
  const gaps = again.map((each, index) => (each - (again[index - 1] ?? Date.parse(at))) / 1000)
  return `×${again.length + 1} ${gaps.map((gap) => `+${Number(gap.toFixed(1))} s`).join(' ')}`
}

export const exported = (messages: readonly Message[]): string =>
  messages.map(({ at, from, to, text }) => `--- ${at} ${from} → ${to}\n${text}`).join('\n')

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
