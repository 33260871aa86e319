/** A SIP message as the ladder has it: what its arrow says, what it is found by, and whether a reply came. */
import type { TraceRow } from '../../analyze.ts'
import type { MessageRecord } from '../../inspect/recorder/record.ts'

export interface Message {
  /** Unique in its source and rising: the number of its record, or its place in a capture. */
  readonly id: number
  /** By which findings name it: the frame of a capture. A record has none. */
  readonly frame?: number
  /** Milliseconds since the epoch, with fractions. */
  readonly at: number
  readonly transport: string
  /** `address:port` */
  readonly from: string
  readonly to: string
  /** Which of both is not us; of a capture it is not known. */
  readonly remote?: string
  /** `INVITE (SDP)`, `200 OK (REGISTER)`, `MESSAGE Catalog Query`. */
  readonly label: string
  readonly kind: TraceRow['kind']
  readonly method: string
  readonly status?: number
  readonly cmd?: string
  readonly callId?: string
  readonly branch?: string
  readonly deviceId?: string
  /** The whole message, redacted. */
  readonly text: string
  /** The id of the message that this one repeats. */
  readonly repeats?: number
  readonly exchange: Exchange
}

/** A request and what became of it; its messages share it. */
export interface Exchange {
  answered: boolean
  /** When the request was first sent, and how long its final response took, milliseconds. */
  readonly began: number
  took?: number
  /** What the sender waits by, where that is known. */
  timer?: { readonly name: string; readonly due: number; readonly fired: boolean }
  /** A capture says in words what was waited for at its end. */
  readonly waiting?: string
}

/** What is read out of the text. */
type Read = Pick<Message, 'label' | 'kind' | 'method' | 'status' | 'cmd' | 'callId' | 'branch'> & {
  /** Of the transaction: branches alone do not tell them apart, some devices use one for everything. */
  readonly transaction: string
}

export function readMessage(text: string): Read {
  const end = text.search(/\r?\n\r?\n/)
  const head = end < 0 ? text : text.slice(0, end)
  const start = /^[^\r\n]*/.exec(head)?.[0] ?? ''
  const [, status, phrase = ''] = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(start) ?? []
  const [, number = '', method = start.split(' ')[0] ?? ''] = /^CSeq[ \t]*:\s*(\d+)\s+(\S+)/im.exec(head) ?? []
  const callId = /^(?:Call-ID|i)[ \t]*:\s*(\S+)/im.exec(head)?.[1]
  const branch = /^(?:Via|v)[ \t]*:[^\r\n]*?;\s*branch=([^;,\s]+)/im.exec(head)?.[1]
  const body = end < 0 ? '' : text.slice(end)
  const cmd = /<CmdType>\s*([^<]*?)\s*<\/CmdType>/.exec(body)?.[1]
  const root = /<(Query|Response|Control|Notify)>/.exec(body)?.[1]
  const said = status === undefined ? method : `${status} ${phrase} (${method})`
  const role = root === undefined || root === 'Notify' ? '' : ` ${root}`
  const what = cmd !== undefined ? ` ${cmd}${role}` : /^\s*v=0/.test(body) ? ' (SDP)' : ''
  return {
    label: said + what,
    kind: callId === undefined ? 'malformed' : kindOf(status),
    method,
    transaction: `${branch} ${callId} ${number} ${method}`,
    ...(status !== undefined && { status: Number(status) }),
    ...(cmd !== undefined && { cmd }),
    ...(callId !== undefined && { callId }),
    ...(branch !== undefined && { branch }),
  }
}

function kindOf(status: string | undefined): Message['kind'] {
  if (status === undefined) return 'request'
  if (status < '200') return 'provisional'
  if (status < '300') return 'success'
  return status === '401' || status === '407' ? 'challenge' : 'failure'
}

/** An ACK has no reply, and that to a failure is of the INVITE's transaction. */
export function settle(
  exchange: Exchange,
  { method, status = 0, at }: Pick<Message, 'method' | 'status' | 'at'>,
): void {
  if (method === 'ACK' || status >= 200) exchange.answered = true
  if (status >= 200) exchange.took ??= at - exchange.began
}

/** GB 18030 where the bytes are not UTF-8: what Chinese devices write then. */
export const textOf = ({ text, base64 = '' }: MessageRecord): string =>
  text ?? new TextDecoder('gb18030').decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)))
