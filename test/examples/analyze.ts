/** A capture explained: here the text of a log, as readily a pcap, a pcapng or a bundle of the flight recorder. */
import { analyze, renderLadder } from 'gb28181/analyze'

const identity = (cseq: number) => [
  `Via: SIP/2.0/UDP 192.0.2.64:5060;rport;branch=z9hG4bK${cseq}`,
  'From: <sip:34020000001110000001@3402000000>;tag=1',
  'To: <sip:34020000001110000001@3402000000>',
  'Call-ID: r1@192.0.2.64',
  `CSeq: ${cseq} REGISTER`,
]
const message = (startLine: string, headers: readonly string[]) =>
  [startLine, ...headers, 'Content-Length: 0', '', ''].join('\r\n')
const register = 'REGISTER sip:34020000002000000001@3402000000 SIP/2.0'
const contact = ['Contact: <sip:34020000001110000001@192.0.2.64:5060>', 'Expires: 3600']
const challenge = 'WWW-Authenticate: Digest realm="3402000000",nonce="44010b73623249f6",algorithm=MD5'
const credentials =
  'Authorization: Digest username="34020000001110000001",realm="3402000000",nonce="44010b73623249f6",' +
  'uri="sip:34020000002000000001@3402000000",response="1a7b2cc0b6ec09b8e0b7e5d5dd6c9a40",algorithm=MD5'

const log = [
  message(register, [...identity(1), ...contact]),
  message('SIP/2.0 401 Unauthorized', [...identity(1), challenge]),
  message(register, [...identity(2), ...contact, credentials]),
  message('SIP/2.0 403 Forbidden', identity(2)),
].join('')

const analysis = analyze(Buffer.from(log, 'latin1'))
for (const { code, summary } of analysis.findings) console.log(`${code}: ${summary}`)
console.log(renderLadder(analysis))
