/** A SIP message field by field, each with the clause that defines it. */

export interface Field {
  readonly name: string
  readonly value: string
  readonly clause: string
}

export interface Decoded {
  readonly start: string
  readonly headers: readonly Field[]
  /** Of an SDP body its lines; of any other none. */
  readonly sdp: readonly Field[]
  readonly body: string
}

/** RFC 3261 section 20 unless said otherwise. */
const headerClauses: Readonly<Record<string, string>> = {
  accept: '20.1',
  allow: '20.5',
  authorization: '20.7',
  'call-id': '20.8',
  contact: '20.10',
  'content-length': '20.14',
  'content-type': '20.15',
  cseq: '20.16',
  date: '20.17',
  expires: '20.19',
  from: '20.20',
  'max-forwards': '20.22',
  'min-expires': '20.23',
  'record-route': '20.30',
  route: '20.34',
  server: '20.35',
  subject: '20.36',
  supported: '20.37',
  to: '20.39',
  'user-agent': '20.41',
  via: '20.42',
  warning: '20.43',
  'www-authenticate': '20.44',
  event: 'RFC 6665 8.2.1',
  'subscription-state': 'RFC 6665 8.2.3',
  reason: 'RFC 3326 2',
  'x-gb-ver': 'GB/T 28181-2022 附录I',
}

const compact: Readonly<Record<string, string>> = {
  v: 'via',
  f: 'from',
  t: 'to',
  i: 'call-id',
  m: 'contact',
  c: 'content-type',
  l: 'content-length',
  s: 'subject',
  k: 'supported',
  o: 'event',
}

const sdpClauses: Readonly<Record<string, string>> = {
  v: 'RFC 4566 5.1',
  o: 'RFC 4566 5.2',
  s: 'RFC 4566 5.3',
  u: 'RFC 4566 5.5',
  c: 'RFC 4566 5.7',
  b: 'RFC 4566 5.8',
  t: 'RFC 4566 5.9',
  a: 'RFC 4566 5.13',
  m: 'RFC 4566 5.14',
  y: 'GB/T 28181-2022 附录G',
  f: 'GB/T 28181-2022 附录G',
}

export function decode(text: string): Decoded {
  const [head = '', ...rest] = text.split(/\r?\n\r?\n/)
  const [start = '', ...lines] = head.split(/\r?\n(?![ \t])/)
  const body = rest.join('\n\n').trimEnd()
  return {
    start,
    headers: lines.map(headerField),
    sdp: /^v=0/.test(body) ? body.split(/\r?\n/).map(sdpField) : [],
    body,
  }
}

function headerField(line: string): Field {
  const colon = line.indexOf(':')
  const name = line.slice(0, colon).trim()
  const full = name.toLowerCase()
  const clause = headerClauses[compact[full] ?? full] ?? ''
  return { name, value: line.slice(colon + 1).trim(), clause: /^\d/.test(clause) ? `RFC 3261 ${clause}` : clause }
}

const sdpField = (line: string): Field => ({
  name: `${line.slice(0, 1)}=`,
  value: line.slice(2),
  clause: sdpClauses[line.slice(0, 1)] ?? '',
})
