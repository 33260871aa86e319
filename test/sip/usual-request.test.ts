/** A request that is taken in one pass is what the whole grammar makes of it: in all that anybody can ask. */
import { describe } from 'vitest'
import { responseTo, type SipRequest } from '../../src/sip/index.ts'
import { usualRequest } from '../../src/sip/usual-request.ts'
import { isHeldToTheGrammar, usualRequests } from './usual-messages.ts'

const answerTo = (request: SipRequest) =>
  responseTo(request, { status: 200, toTag: 'c3', source: { address: '192.0.2.65', port: 5070 } })

describe('a usual request', () => isHeldToTheGrammar(usualRequests, usualRequest, answerTo))
