/** A request that is taken in one pass is what the whole grammar makes of it: in all that anybody can ask. */
import { describe } from 'vitest'
import { responseTo, type SipRequest } from '../../src/sip/index.ts'
import { usualRequest } from '../../src/sip/usual-request.ts'
import { type Field, isHeldToTheGrammar, type Kind } from './usual-messages.ts'

const usual: readonly Field[] = [
  ['Via', 'SIP/2.0/UDP 192.0.2.64:5060;rport;branch=z9hG4bK0123456789abcdef'],
  ['From', '<sip:34020000001320000001@3402000000>;tag=a1'],
  ['To', '<sip:34020000002000000001@3402000000>'],
  ['Call-ID', '0123456789abcdef@192.0.2.64'],
  ['CSeq', '1 INVITE'],
]

const further: readonly Field[] = [
  ['Contact', '<sip:34020000001320000001@192.0.2.64:5060>'],
  ['Authorization', 'Digest username="34020000001320000001", realm="3402000000", nonce="0", uri="sip:x", response="0"'],
  ['User-Agent', 'IP Camera'],
  ['Content-Type', 'APPLICATION/SDP'],
  ['X-GB-Ver', '3.0'],
  ['X-RegID', '\xb4\xf3'],
  ['Max-Forwards', '70'],
  ['Subject', ''],
  ['Expires', '3600'],
  ['Supported', '100rel'],
  ['Supported', 'timer'],
]

const answerTo = (request: SipRequest) =>
  responseTo(request, { status: 200, toTag: 'c3', source: { address: '192.0.2.65', port: 5070 } })

const requests: Kind = {
  starts: [
    'INVITE sip:34020000002000000001@3402000000 SIP/2.0',
    'INVITE sip:34020000001320000001@192.0.2.64:5060 SIP/2.0',
  ],
  oddStarts: [
    'INVITE sip:34020000001320000001 SIP/2.0',
    'INVITE sip:34020000001320000001@192.0.2.64:66000 SIP/2.0',
    'INVITE sip:34020000001320000001@192.0.2.64;transport=tcp SIP/2.0',
    'INVITE tel:110 SIP/2.0',
    'invite sip:3402@3402000000 SIP/2.0',
    'INVITE  sip:3402@3402000000 SIP/2.0',
    'INVITE sip:3402@3402000000 SIP/2.0 ',
    'INVITE sip:3402@3402000000 SIP/2.1',
    'INVITE sip:3402@3402000000 sip/2.0',
    'PUBLISH sip:3402@3402000000 SIP/2.0',
    'REGISTER sip:3402000000 SIP/2.0',
    'SIP/2.0 200 OK',
  ],
  usual,
  further,
}

describe('a usual request', () => isHeldToTheGrammar(requests, usualRequest, answerTo))
