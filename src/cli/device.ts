/** `gb28181 device`: one or many simulated devices, until they are asked to end or their time is over. */
import { Effect, Option } from 'effect'
import { Command } from 'effect/cli'
import {
  createFleet,
  type DeviceEvent,
  deviceProfiles,
  type Fleet,
  type FleetOptions,
  faultDescriptions,
} from '../device/index.ts'
import { endpointOf } from './addresses.ts'
import { beginning, summaryText, textOf } from './device-lines.ts'
import { amount, type FlagNames, given, oneOf, repeated, text, toggle, whole } from './flags.ts'
import { Interrupted, type Terminal, Unusable } from './terminal.ts'

const editions = { 2011: 2011, 2014: 2014, 2016: 2016, 2022: 2022 } as const

function faultLines(): string[] {
  return Object.entries(faultDescriptions).map(
    ([name, { unit, value, imitates }]) => `${unit === 'none' ? name : `${name}=${value}`}: ${imitates}`,
  )
}

export const deviceFlags = {
  server: text('server', 'HOST:PORT', 'the platform (required)'),
  password: text('password', 'TEXT', 'password; better as GB28181_PASSWORD, since `ps` shows this one'),
  'server-id': text('server-id', 'ID', 'ID of the platform, 20 digits (34020000002000000001)'),
  id: text('id', 'ID', 'ID of the device, 20 digits (34020000001110000001)'),
  count: whole('count', 'N', 'devices; their ids count up from --id (1)'),
  channels: whole('channels', 'N', 'channels of each device (1)'),
  transport: oneOf('transport', ['udp', 'tcp'], 'transport of SIP (udp)'),
  'gb-version': oneOf('gb-version', ['2011', '2014', '2016', '2022'], 'edition of GB/T 28181 that it speaks (2016)'),
  profile: oneOf(
    'profile',
    deviceProfiles.map(({ name }) => name),
    'vendor whose habits it has (generic)',
  ),
  fault: repeated('fault', 'NAME[=VALUE]', ['a fault to show:', ...faultLines()].join('\n')),
  keepalive: amount('keepalive', 'SECONDS', 'between keepalives (60)'),
  expires: amount('expires', 'SECONDS', 'validity of the registration that is asked for (3600)'),
  local: text('local', 'HOST[:PORT]', 'local address (any address, a free port)'),
  'shared-socket': toggle('shared-socket', 'one socket for all devices, for more than the limit of open files allows'),
  duration: amount(
    'duration',
    'SECONDS',
    'end after so long; exit code 1 where no device has registered (until Ctrl-C)',
  ),
  json: toggle('json', 'one line of JSON for each event, and a summary as the last line'),
}

export const deviceFlagNames: FlagNames = {
  all: Object.keys(deviceFlags),
  repeated: ['fault'],
  toggles: ['shared-socket', 'json'],
}

type Parsed = Command.Command.Config.Infer<typeof deviceFlags>

export const deviceCommand = (terminal: Terminal) =>
  Command.make('device', deviceFlags, (parsed) =>
    Effect.tryPromise({ try: async () => runDevices(parsed, terminal), catch: (error) => error }),
  ).pipe(
    Command.withDescription('Simulated GB/T 28181 devices that register, answer queries and send real video.'),
    Command.withExamples([
      { command: 'gb28181 device --server 127.0.0.1:5060 --password secret', description: 'One camera' },
      {
        command: 'GB28181_PASSWORD=secret gb28181 device --server 127.0.0.1:5060 --count 1000 --shared-socket',
        description: 'A thousand, from one port',
      },
      {
        command: 'gb28181 device --server 192.168.1.10:5060 --password secret --fault ssrc-own --fault loss=10 --json',
        description: 'One that chooses its own SSRC and loses every tenth packet',
      },
    ]),
  )

async function runDevices(parsed: Parsed, terminal: Terminal): Promise<void> {
  const fleet = fleetOf(parsed)
  const { ending } = terminal
  const stopPrinting = print(fleet, parsed.json, terminal)
  if (!parsed.json) {
    const server = endpointOf(
      'server',
      Option.getOrElse(parsed.server, () => ''),
      5060,
    )
    terminal.out(
      beginning(
        server,
        Option.getOrElse(parsed.transport, () => 'udp'),
        fleet.ids,
      ),
    )
  }
  try {
    await fleet.start({ signal: ending.signal })
    await over(ending.signal, Option.getOrUndefined(parsed.duration))
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
  } finally {
    if (ending.signal.aborted)
      terminal.err(`unregistering ${fleet.summary().registered} of ${fleet.ids.length}; once more ends at once`)
    await fleet.close()
    await stopPrinting()
  }
  const summary = fleet.summary()
  terminal.out(parsed.json ? JSON.stringify({ event: 'summary', ...summary }) : summaryText(summary))
  if (!ending.signal.aborted && summary.registrations === 0) throw new Error('no device has registered')
}

/** @throws Unusable */
function fleetOf(parsed: Parsed): Fleet {
  const server = Option.getOrUndefined(parsed.server)
  if (server === undefined) throw new Unusable('device needs --server HOST:PORT (see gb28181 device --help)')
  const options: FleetOptions = {
    ...given({
      serverId: parsed['server-id'],
      id: parsed.id,
      password: parsed.password,
      channels: parsed.channels,
      transport: parsed.transport,
      gbVersion: Option.map(parsed['gb-version'], (edition) => editions[edition]),
      profile: parsed.profile,
      keepalive: parsed.keepalive,
      expires: parsed.expires,
      local: Option.map(parsed.local, (text) => endpointOf('local', text, 0)),
    }),
    server,
    count: Option.getOrElse(parsed.count, () => 1),
    sharedSocket: parsed['shared-socket'],
    faults: parsed.fault,
  }
  try {
    return createFleet(options)
  } catch (error) {
    if (error instanceof TypeError) throw new Unusable(error.message.replace(/^([a-zA-Z]+)[.\w[\]]*:/, flagOf))
    throw error
  }
}

const flagOf = (_: string, name: string): string =>
  `--${name === 'faults' ? 'fault' : name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}:`

async function over(asked: AbortSignal, seconds: number | undefined): Promise<void> {
  const signal = seconds === undefined ? asked : AbortSignal.any([asked, AbortSignal.timeout(seconds * 1000)])
  if (signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}

/** Beyond so many devices a person reads sums, not events. */
const readable = 20

/** Prints what happens until the returned function is called, which resolves when all is printed. */
function print(fleet: Fleet, json: boolean, terminal: Terminal): () => Promise<void> {
  if (!json && fleet.ids.length > readable) {
    const timer = setInterval(() => terminal.out(summaryText(fleet.summary())), 5000)
    return async () => clearInterval(timer)
  }
  const reading = new AbortController()
  const read = async () => {
    for await (const event of fleet.events({ signal: reading.signal })) {
      const line = json ? jsonOf(event) : textOf(event)
      if (line !== undefined) terminal.out(line)
    }
  }
  const done = read()
  return async () => {
    // What has been told is printed before the reader ends.
    await new Promise((resolve) => setImmediate(resolve))
    reading.abort()
    await done
  }
}

function jsonOf(event: DeviceEvent | { readonly name: 'gap'; readonly missed: number }): string {
  const { name, ...data } = event
  return JSON.stringify({ event: name, ...data })
}
