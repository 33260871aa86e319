/** A statechart by itself, driven with XState's pure functions: no socket, no clock, the timers are data. */
import { nonInviteClient } from 'gb28181/machines'
import { parseMessage, SipResponse } from 'gb28181/sip'
import { initialTransition, transition } from 'xstate'

const text = [
  'SIP/2.0 200 OK',
  'Via: SIP/2.0/UDP 192.0.2.10:5060;rport;branch=z9hG4bKp101',
  'From: <sip:34020000002000000001@3402000000>;tag=q101',
  'To: <sip:34020000001110000001@3402000000>;tag=d1',
  'Call-ID: q-101',
  'CSeq: 1 MESSAGE',
  'Content-Length: 0',
  '',
  '',
].join('\r\n')
const parsed = parseMessage(Buffer.from(text))
if (parsed.ok !== true || !(parsed.message instanceof SipResponse)) throw new Error('not a response')

const named = (actions: readonly { type: string; params?: unknown }[]) => actions.map(({ type }) => type).join(' ')

const [trying, begun] = initialTransition(nonInviteClient, { reliable: false })
console.log(JSON.stringify(trying.value), named(begun))
const [completed, ended] = transition(nonInviteClient, trying, {
  type: 'response.final',
  at: 120,
  status: 200,
  message: parsed.message,
})
console.log(JSON.stringify(completed.value), named(ended))
