import { expect } from 'vitest'
import {
  type ParseOptions,
  parseMessage,
  type Rejection,
  type SipMessage,
  SipRequest,
  SipResponse,
} from '../../src/sip/index.ts'

/** Text as it is written here, with the line ends of the wire. */
export const bytes = (text: string): Buffer => Buffer.from(text.replace(/\r?\n/g, '\r\n'), 'latin1')

const defaults: Readonly<Record<string, string>> = {
  Via: 'SIP/2.0/UDP 192.0.2.64:5060;rport;branch=z9hG4bKd020',
  From: '<sip:34020000001110000001@3402000000>;tag=k3',
  To: '<sip:34020000002000000001@3402000000>',
  'Call-ID': 'ka-3@192.0.2.64',
  CSeq: '20 MESSAGE',
}

/** A well-formed MESSAGE whose headers `changes` replaces, adds, or, with undefined, takes away. */
export function messageBytes(changes: Readonly<Record<string, string | undefined>> = {}, body = ''): Buffer {
  const method = changes.CSeq?.split(' ')[1] ?? 'MESSAGE'
  const headers = Object.entries({ ...defaults, ...changes }).filter(([, value]) => value !== undefined)
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.from(`${method} sip:34020000002000000001@3402000000 SIP/2.0\r\n${lines}\r\n${body}`, 'latin1')
}

export function parsed(input: Buffer, options?: ParseOptions): SipMessage {
  const result = parseMessage(input, options)
  expect(result).toMatchObject({ ok: true })
  if (result.ok !== true) throw new Error('not a message')
  return result.message
}

export function parsedRequest(input: Buffer): SipRequest {
  const message = parsed(input)
  if (message instanceof SipRequest) return message
  throw new Error('not a request')
}

export function parsedResponse(input: Buffer): SipResponse {
  const message = parsed(input)
  if (message instanceof SipResponse) return message
  throw new Error('not a response')
}

export function rejected(input: Buffer, options?: ParseOptions): Rejection {
  const result = parseMessage(input, options)
  expect(result).toMatchObject({ ok: false })
  if (result.ok !== false) throw new Error('not rejected')
  return result.rejection
}

/** What a message means, without what printing may make regular: folding and Content-Length. */
export const meaning = (message: SipMessage) => ({
  startLine: message.startLine,
  fields: message.fields().filter(({ name }) => !['l', 'content-length'].includes(name.toLowerCase())),
  body: message.body.toString('latin1'),
})
