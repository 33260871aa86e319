/** A response that is taken in one pass is what the whole grammar makes of it: in all that anybody can ask. */
import { describe } from 'vitest'
import { usualResponse } from '../../src/sip/usual-response.ts'
import { type Field, isHeldToTheGrammar, type Kind } from './usual-messages.ts'

const usual: readonly Field[] = [
  ['Via', 'SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK0123456789abcdef'],
  ['From', '<sip:34020000002000000001@3402000000>;tag=a1'],
  ['To', '<sip:34020000001320000001@3402000000>;tag=b2'],
  ['Call-ID', '0123456789abcdef'],
  ['CSeq', '1 INVITE'],
]

const further: readonly Field[] = [
  ['Contact', '<sip:34020000001320000001@192.0.2.64:5060>'],
  ['User-Agent', 'IP Camera'],
  ['Content-Type', 'APPLICATION/SDP'],
  ['Server', '\xb4\xf3\xbb\xaa'],
  ['Subject', ''],
  ['X-GB-Ver', '3.0'],
]

const responses: Kind = {
  starts: ['SIP/2.0 200 OK', 'SIP/2.0 100 Trying', 'SIP/2.0 603 \xd0'],
  oddStarts: [
    'SIP/2.0 200 ',
    'SIP/2.0 200',
    'SIP/2.0 099 OK',
    'SIP/2.0 700 OK',
    'SIP/2.0 2000 OK',
    'SIP/2.1 200 OK',
    'sip/2.0 200 OK',
  ],
  usual,
  further,
}

describe('a usual response', () => isHeldToTheGrammar(responses, usualResponse))
