/** Findings about keepalives and about devices that come and go (GB/T 28181 9.6). */
import type { Registration } from '../analysis/index.ts'
import { casesOf, type FindingKind, type Found, shown, span } from './kind.ts'

const clause = 'GB/T 28181 9.6.1'

/** A condition on a device. */
const amongDevices =
  (look: (registration: Registration, endedAt: number) => Omit<Found, 'deviceId'> | undefined): FindingKind['find'] =>
  ({ registrations, endedAt }) =>
    casesOf(registrations, (registration) => {
      const found = look(registration, endedAt)
      return found === undefined ? undefined : { ...found, deviceId: registration.deviceId }
    })

const intervals = ({ keepalives }: Registration) =>
  keepalives.slice(1).map((later, index) => ({ later, ms: later.first.at - (keepalives[index]?.first.at ?? 0) }))

/** Where the device was taken for lost because it was not heard. */
const missed = ({ wentOffline }: Registration) => wentOffline.filter(({ reason }) => reason === 'keepalive-missed')

const onlineAgain = ({ path }: Registration, at: number): boolean => path.entered('online').some((step) => step.at > at)

export const presenceFindings: readonly FindingKind[] = [
  {
    code: 'keepalive-refused',
    severity: 'error',
    clause,
    meaning: 'A keepalive was refused (404, 403): the platform does not know the device, or not any more.',
    fix: 'Usual after a restart of a platform that keeps registrations in memory: the device registers again by itself. Otherwise the ID in the keepalive is not the one that registered.',
    find: ({ registrations }) =>
      registrations.flatMap(({ deviceId, keepalives, registers }) =>
        casesOf(keepalives, ({ first, final, status = 0 }) => {
          if (status < 300) return undefined
          const again = registers.find((register) => register.first.at > first.at)
          const after =
            again === undefined
              ? 'and did not register again'
              : `and registered again ${span(again.first.at - first.at)} later`
          return {
            summary: `The keepalive of ${deviceId} was answered ${status}, ${after}.`,
            evidence: shown(first, final, again?.first),
            deviceId,
          }
        }),
      ),
  },
  {
    code: 'keepalive-unanswered',
    severity: 'error',
    clause,
    meaning: 'A keepalive got no answer: after three of them the device takes the platform for lost.',
    fix: 'The platform is down, or its answer does not reach the device: see response-to-other-port.',
    find: ({ registrations }) =>
      registrations.flatMap(({ deviceId, keepalives }) =>
        casesOf(keepalives, ({ first, repeated, outcome }) =>
          outcome === 'timeout'
            ? { summary: `A keepalive of ${deviceId} got no answer.`, evidence: [first, ...repeated], deviceId }
            : undefined,
        ),
      ),
  },
  {
    code: 'keepalive-missed',
    severity: 'error',
    clause,
    meaning: 'So many keepalives in a row were missed that the device counts as offline; it came back later.',
    fix: 'The way between the device and the platform is interrupted at times (4G, NAT entries that expire): shorten the keepalive interval, or register over TCP.',
    find: amongDevices((registration) => {
      const gap = missed(registration).find(({ at }) => onlineAgain(registration, at))
      const last = registration.keepalives.findLast(({ first }) => gap !== undefined && first.at < gap.at)
      if (gap === undefined || last === undefined) return undefined
      return {
        summary: `${registration.deviceId} was not heard for ${span(gap.at - last.first.at)}, and came back.`,
        evidence: shown(last.first),
      }
    }),
  },
  {
    code: 'device-vanished',
    severity: 'error',
    clause,
    meaning: 'The device fell silent without unregistering, and did not come back.',
    fix: 'Power or network of the device is gone, or a NAT or firewall on the way has forgotten it. Check its cable, its power, and whether it answers a ping.',
    find: amongDevices((registration) => {
      const gap = missed(registration).at(-1)
      const last = registration.keepalives.at(-1)
      if (gap === undefined || last === undefined || onlineAgain(registration, gap.at)) return undefined
      return {
        summary: `The last sign of life of ${registration.deviceId} is ${span(gap.at - last.first.at)} older than the moment at which it counted as lost.`,
        evidence: shown(last.first, last.final),
      }
    }),
  },
  {
    code: 'keepalive-absent',
    severity: 'error',
    clause,
    meaning: 'A device registered and never sent a keepalive.',
    fix: 'Switch the heartbeat (心跳) of the device on, and check its interval and count; some firmware of the 2022 edition wants X-GB-Ver and Date in the 200 first.',
    find: amongDevices((registration) => {
      const [binding] = registration.bindings
      if (missed(registration).length === 0 || registration.keepalives.length > 0 || binding === undefined)
        return undefined
      return { summary: `${registration.deviceId} registered, but no keepalive came.`, evidence: shown(binding.answer) }
    }),
  },
  {
    code: 'keepalive-irregular',
    severity: 'warning',
    clause,
    meaning: 'The time between keepalives varies by more than half: some are lost, or the device is overloaded.',
    fix: 'Look for loss on the way to the platform; the rule that counts a device as lost goes by the interval.',
    find: amongDevices((registration) => {
      const { keepalive } = registration
      const odd = intervals(registration).filter(({ ms }) => ms > 1.5 * keepalive || ms < 0.5 * keepalive)
      const [worst] = odd.sort((left, right) => right.ms - left.ms)
      if (worst === undefined) return undefined
      return {
        summary: `Keepalives of ${registration.deviceId} come every ${span(keepalive)}, but ${odd.length} of them came off time (${span(worst.ms)} at most).`,
        evidence: odd.map(({ later }) => later.first),
      }
    }),
  },
  {
    code: 'device-flapping',
    severity: 'warning',
    clause,
    meaning: 'A device goes offline and comes back again and again.',
    fix: 'An unstable way (4G, Wi-Fi, a NAT with short memory), or two devices with the same ID: compare the addresses they come from.',
    find: amongDevices((registration) => {
      const returns = registration.wentOffline.filter(({ at }) => onlineAgain(registration, at))
      if (returns.length < 2) return undefined
      const evidence = registration.bindings.map(({ answer }) => answer)
      return { summary: `${registration.deviceId} went offline and came back ${returns.length} times.`, evidence }
    }),
  },
  {
    code: 'device-address-changed',
    severity: 'info',
    clause: 'RFC 3581; GB/T 28181 9.6',
    meaning: 'Messages of a device come from another address or port than before.',
    fix: 'A NAT on the way has given it another port (4G): let the platform take the newest address of each device. If two addresses alternate, two devices have the same ID.',
    find: amongDevices((registration) => {
      const all = [...registration.registers, ...registration.keepalives].sort(
        (left, right) => left.first.at - right.first.at,
      )
      const changed = all.find(
        (later, index) =>
          index > 0 && later.first.transport === 'UDP' && later.first.from !== all[index - 1]?.first.from,
      )
      if (changed === undefined) return undefined
      const before = all[all.indexOf(changed) - 1]
      return {
        summary: `${registration.deviceId} was at ${before?.first.from}, and then at ${changed.first.from}.`,
        evidence: shown(changed.first, before?.first),
      }
    }),
  },
  {
    code: 'device-restarted',
    severity: 'warning',
    clause: 'RFC 3261 10.2, 12.2.1.2',
    meaning:
      'A device registered from scratch while it was registered and had a session: it was restarted, and the session is gone.',
    fix: 'Look for the reason in the device (power, watchdog, firmware update). The platform should end its sessions and ask for them again.',
    find: ({ registrations, dialogs }) => {
      const byDevice = Map.groupBy(dialogs, (dialog) => dialog.deviceId)
      return registrations.flatMap(({ deviceId, bindings }) =>
        casesOf(bindings.entries(), ([index, { register, answer, at }]) => {
          const before = bindings[index - 1]
          if (before === undefined || before.register.callId === register.callId) return undefined
          const torn = byDevice.get(deviceId)?.find((dialog) => isOpenAt(dialog, at))
          if (torn === undefined) return undefined
          return {
            summary: `${deviceId} registered under a new Call-ID while the session ${torn.callId} was running.`,
            evidence: shown(register.first, answer, torn.successes[0]),
            deviceId,
            callId: torn.callId,
          }
        }),
      )
    },
  },
  {
    code: 'connection-closed',
    severity: 'error',
    clause: 'RFC 3261 18; GB/T 28181 Annex L (2016), D (2022)',
    meaning: 'The TCP connection on which a device is registered was closed, or replaced without notice.',
    fix: 'Look for who closed it: an idle limit of a firewall (shorten the keepalive interval), a restart of the device, or the platform.',
    find: ({ registrations, closings }) => [
      ...closings.map(({ closing, registration: { deviceId, bindings } }) => ({
        summary: `The connection of ${deviceId} closed in frame ${closing.frame}; it was registered on it.`,
        evidence: shown(bindings.at(-1)?.answer),
        deviceId,
      })),
      ...registrations
        .filter((registration) => closings.every((known) => known.registration !== registration))
        .flatMap(replacedConnections),
    ],
  },
]

const isOpenAt = (
  dialog: { confirmedAt: number | undefined; byes: readonly { transaction: { first: { at: number } } }[] },
  at: number,
): boolean =>
  dialog.confirmedAt !== undefined && dialog.confirmedAt <= at && (dialog.byes[0]?.transaction.first.at ?? at + 1) > at

/** A device over TCP that speaks from a new port has lost its connection, whether its end was captured or not. */
function replacedConnections({ deviceId, bindings }: Registration): Found[] {
  return casesOf(bindings.entries(), ([index, { register }]) => {
    const before = bindings[index - 1]?.register.first
    const { first } = register
    if (before?.transport !== 'TCP' || first.transport !== 'TCP' || before.from === first.from) return undefined
    return {
      summary: `${deviceId} was connected from ${before.from}, and registered again over a new connection from ${first.from}.`,
      evidence: shown(first, before),
      deviceId,
    }
  })
}
