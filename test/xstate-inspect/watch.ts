/** A viewer for the terminal: `npx node test/xstate-inspect/watch.ts 127.0.0.1:9229` prints every state of every actor. */
import { createWebSocketReceiver, type ParsedReceiverEvent } from '@xstate/inspect'

const [server = '127.0.0.1:9229'] = process.argv.slice(2)
const names = new Map<string, string>()

function print(event: ParsedReceiverEvent): void {
  if (event.type === 'service.register') names.set(event.sessionId, event.id)
  const name = names.get(event.sessionId)
  if (event.type === 'service.register' || event.type === 'service.state')
    console.log(name, event.state.toStrings().at(-1))
  if (event.type === 'service.stop') console.log(name, 'is over')
}

createWebSocketReceiver({ server, serialize: undefined }).subscribe(print, () => {
  console.error(`no inspector at ws://${server}`)
  process.exitCode = 1
})
