/** npm `sip` 0.0.6 as a registrar: its example `registrar-redirector-auth.js`, and 200 or 404 to a keepalive. */
import sip, { type SipMessage } from 'sip'
import digest, { type DigestSession } from 'sip/digest.js'
import { password, realm } from '../identity.ts'
import { freeUdpPort } from '../processes.ts'

interface User {
  session: DigestSession
  contact?: unknown
}

const users = new Map<string, User>()

function register(request: SipMessage): void {
  const { user: name } = sip.parseUri(request.headers.to.uri)
  const user: User = users.get(name) ?? { session: { realm } }
  users.set(name, user)
  if (!digest.authenticateRequest(user.session, request, { user: name, password }))
    return sip.send(digest.challenge(user.session, sip.makeResponse(request, 401, 'Authentication Required')))
  user.contact = request.headers.contact
  const response = sip.makeResponse(request, 200, 'Ok')
  response.headers.contact = request.headers.contact
  sip.send(response)
}

function keepalive(request: SipMessage): void {
  const known = users.get(sip.parseUri(request.headers.from.uri).user)?.contact !== undefined
  sip.send(known ? sip.makeResponse(request, 200, 'Ok') : sip.makeResponse(request, 404, 'Not Found'))
}

const port = await freeUdpPort()
sip.start({ port, address: '127.0.0.1', hostname: '127.0.0.1', tcp: false }, (request) => {
  if (request.method === 'REGISTER') register(request)
  else keepalive(request)
})
process.on('disconnect', () => process.exit())
process.send?.({ port })
