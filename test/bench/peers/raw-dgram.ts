/**
 * The floor: what node:dgram costs alone. Answers by looking at bytes: 401 to a REGISTER without credentials, 200 to
 * everything else. No parser, no digest, no state.
 */
import { createSocket } from 'node:dgram'

const challenge = 'WWW-Authenticate: Digest realm="3402000000",nonce="0123456789abcdef",algorithm=MD5\r\n'
const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20, lookup: (host, _, found) => found(null, host, 4) })

socket.on('message', (bytes, { address, port }) => {
  const text = bytes.toString('latin1')
  const refused = text.startsWith('REGISTER') && !text.includes('\r\nAuthorization')
  // Via, From, To, Call-ID and CSeq stand together in what the bench sends.
  const same = text.slice(text.indexOf('\r\n') + 2, text.indexOf('\r\n', text.indexOf('\r\nCSeq') + 2) + 2)
  const status = refused ? 'SIP/2.0 401 Unauthorized\r\n' : 'SIP/2.0 200 OK\r\n'
  socket.send(`${status}${same}${refused ? challenge : ''}Content-Length: 0\r\n\r\n`, port, address)
})
socket.bind(0, '127.0.0.1', () => process.send?.({ port: socket.address().port }))
process.on('disconnect', () => process.exit())
