/** Findings about REGISTER and its answer (GB/T 28181 9.1, RFC 3261 10). Credentials are in `digest.ts`. */
import { isDeviceId } from '../../manscdp/ids.ts'
import { askedExpires, type Registration, type Transaction } from '../analysis/index.ts'
import { type Context, casesOf, type FindingKind, type Found, shown, span } from './kind.ts'

/** A condition on a REGISTER and its answer. */
const amongRegisters =
  (look: (register: Transaction, registration: Registration) => string | undefined) =>
  ({ registrations }: Context): Found[] =>
    registrations.flatMap((registration) =>
      casesOf(registration.registers, (register) => {
        const summary = look(register, registration)
        if (summary === undefined) return undefined
        const { first, final, callId } = register
        return { summary, evidence: shown(first, final), deviceId: registration.deviceId, callId }
      }),
    )

/** A condition on the 200 that gives a binding. */
const amongAccepted = (look: (register: Transaction) => string | undefined) =>
  amongRegisters((register) =>
    (register.status ?? 0) >= 200 && (register.status ?? 0) < 300 && askedExpires(register.request) !== 0
      ? look(register)
      : undefined,
  )

/** The standard's least validity, seconds (9.1.1 d). */
const leastExpires = 3600

export const registrationFindings: readonly FindingKind[] = [
  {
    code: 'register-refused',
    severity: 'error',
    clause: 'RFC 3261 10.3; GB/T 28181 9.1',
    meaning: 'A REGISTER was refused for another reason than its credentials.',
    fix: '403: the platform does not want this ID (unknown, not 20 digits, or black-listed). 404: wrong platform ID in the device. 423: the validity asked for is too short. 5xx: look into the log of the platform.',
    find: amongRegisters((register) => {
      const { status = 0 } = register
      if (status < 300 || status === 401 || status === 407) return undefined
      if (status === 403 && register.request.header('Authorization') !== undefined) return undefined
      return `REGISTER of ${register.request.to.user} was answered ${status} ${register.final?.response?.reason ?? ''}.`
    }),
  },
  {
    code: 'register-to-tag',
    severity: 'warning',
    clause: 'RFC 3261 8.1.1.2, 10.2',
    meaning: 'A REGISTER outside of any dialog has a To tag.',
    fix: 'A firmware fault: strict registrars answer 481 to it. Tolerate it on the platform, update the device.',
    find: amongRegisters(({ request }) =>
      request.to.tag === undefined ? undefined : `REGISTER of ${request.to.user} has a tag in To.`,
    ),
  },
  {
    code: 'register-expires-missing',
    severity: 'warning',
    clause: 'RFC 3261 10.2.1.1; GB/T 28181 9.1',
    meaning: 'A REGISTER says neither in Expires nor in Contact how long it shall hold.',
    fix: 'Let the platform take 3600 s; some answer 400 instead. Set the registration validity (注册有效期) of the device.',
    find: amongRegisters(({ request }) =>
      askedExpires(request) !== undefined || request.contacts === '*'
        ? undefined
        : `REGISTER of ${request.to.user} has no validity.`,
    ),
  },
  {
    code: 'register-answer-without-contact',
    severity: 'warning',
    clause: 'RFC 3261 10.3 step 8',
    meaning: 'The 200 to a REGISTER lists no binding.',
    fix: 'Let the platform echo Contact and Expires: some devices take a 200 without Contact for "not registered".',
    find: amongAccepted(({ final }) =>
      final?.response?.contact === undefined ? 'The 200 has no Contact.' : undefined,
    ),
  },
  {
    code: 'date-missing',
    severity: 'info',
    clause: 'GB/T 28181 9.10.1',
    meaning: 'The 200 to a REGISTER has no Date, so that the device cannot set its clock by it.',
    fix: 'Switch on time synchronisation (Date header) in the platform, unless the device has NTP.',
    find: amongAccepted(({ final }) =>
      final?.response?.header('Date') === undefined ? 'The 200 to REGISTER has no Date.' : undefined,
    ),
  },
  {
    code: 'gb-version-missing',
    severity: 'info',
    clause: 'GB/T 28181-2022 Annex I',
    meaning: 'A REGISTER does not say which edition of GB/T 28181 the device speaks (X-GB-Ver).',
    fix: 'Nothing: a device of the 2011 or 2016 edition. Charset and fields must then be learnt from its messages.',
    find: amongRegisters(({ request }) =>
      request.header('X-GB-Ver') !== undefined || !isDeviceId(request.to.user ?? '')
        ? undefined
        : `REGISTER of ${request.to.user} has no X-GB-Ver.`,
    ),
  },
  {
    code: 'device-id-invalid',
    severity: 'warning',
    clause: 'GB/T 28181 Annex E.1 (2022), D (2016)',
    meaning: 'A device registers under an ID that is not 20 digits.',
    fix: 'Set the SIP user / device ID (设备编号) of the device to the 20 digits that the platform gave out.',
    find: amongRegisters(({ request }) =>
      isDeviceId(request.to.user ?? '') ? undefined : `REGISTER of "${request.to.user ?? ''}": not 20 digits.`,
    ),
  },
  {
    code: 'device-id-is-platform-id',
    severity: 'error',
    clause: 'GB/T 28181 9.1; Annex E.1',
    meaning: "A device registers under the platform's own ID.",
    fix: 'The device has two fields: the ID of the SIP server (服务器编号), and its own (设备编号). Give it an ID of its own.',
    find: amongRegisters(({ request }) =>
      request.to.user === undefined || request.to.user !== request.uri?.user
        ? undefined
        : `${request.to.user} is the ID in the Request-URI, the platform's, and the one that registers.`,
    ),
  },
  {
    code: 'from-to-differ',
    severity: 'warning',
    clause: 'RFC 3261 10.2',
    meaning: 'From and To of a REGISTER name different users: a registration by a third party.',
    fix: 'GB/T 28181 has none: set the device ID of the camera in all places.',
    find: amongRegisters(({ request }) =>
      request.from.user === request.to.user
        ? undefined
        : `From names ${request.from.user ?? 'nobody'}, To names ${request.to.user ?? 'nobody'}.`,
    ),
  },
  {
    code: 'registration-validity-short',
    severity: 'info',
    clause: 'GB/T 28181-2022 9.1.1 d',
    meaning: 'A registration holds for less than the 3600 s of the standard.',
    fix: 'Set the registration validity (注册有效期) of the device to 3600 s or more; short ones load the platform.',
    find: ({ registrations }) =>
      registrations.flatMap(({ bindings, deviceId }) =>
        casesOf(bindings, ({ expires, answer, register }) =>
          expires >= leastExpires * 1000
            ? undefined
            : {
                summary: `${deviceId} is registered for ${expires / 1000} s only.`,
                evidence: shown(answer, register.first),
                deviceId,
              },
        ),
      ),
  },
  {
    code: 'registration-expired',
    severity: 'error',
    clause: 'GB/T 28181 9.1.1; RFC 3261 10.2.4',
    meaning: 'A registration ran out without a refresh: the device is offline since.',
    fix: 'The device did not refresh in time: its REGISTER is lost, its clock or its validity differs from the one granted in the 200. Compare Expires of request and answer.',
    find: ({ registrations }) =>
      registrations.flatMap((registration) =>
        casesOf(registration.wentOffline, ({ at, reason }) => {
          const binding = registration.bindings.findLast((known) => known.at < at)
          if (reason !== 'expired' || binding === undefined) return undefined
          return {
            summary: `The registration of ${registration.deviceId} ran out ${span(binding.expires)} after its 200, and no REGISTER came.`,
            evidence: shown(binding.answer, binding.register.first),
            deviceId: registration.deviceId,
          }
        }),
      ),
  },
  {
    code: 'refresh-late',
    severity: 'warning',
    clause: 'RFC 3261 10.2.4',
    meaning: 'A refresh came so late that one lost datagram would have put the device offline.',
    fix: 'A device should refresh well before the end, at half or three quarters of the validity that the 200 grants.',
    find: ({ registrations }) => registrations.flatMap(lateRefreshes),
  },
  {
    code: 'unregistered',
    severity: 'info',
    clause: 'RFC 3261 10.2.2; GB/T 28181 9.1.2',
    meaning: 'The device took its registration back (Expires 0).',
    fix: 'Nothing, if somebody switched it off or changed its settings; some devices do so each time before they register.',
    find: ({ registrations }) =>
      registrations.flatMap(({ deviceId, registers }) =>
        casesOf(registers, ({ request, first, final }) =>
          askedExpires(request) === 0 && (final?.response?.status ?? 999) < 300
            ? { summary: `${deviceId} unregistered.`, evidence: shown(first, final), deviceId }
            : undefined,
        ),
      ),
  },
  {
    code: 'register-burst',
    severity: 'warning',
    clause: 'GB/T 28181-2022 7.1 c, 9.1.1 c',
    meaning: 'A device registers over and over again within seconds; the standard asks for 60 s between attempts.',
    fix: 'The device is refused, or does not understand the answer: look at the other findings for it. Let the platform limit the rate of each source.',
    find: ({ registrations }) => registrations.flatMap(bursts),
  },
]

/** The last tenth of the validity, or after it. */
function lateRefreshes({ bindings, registers, deviceId }: Registration): Found[] {
  const places = new Map(registers.map((register, index) => [register, index]))
  return casesOf(bindings, ({ at, expires, answer, register }) => {
    const next = registers[(places.get(register) ?? 0) + 1]
    if (next === undefined || askedExpires(next.request) === 0) return undefined
    if (next.first.at - at < 0.9 * expires) return undefined
    const late = next.first.at - at - expires
    const when = late > 0 ? `${span(late)} after the end` : `${span(-late)} before the end`
    return {
      summary: `${deviceId} refreshed ${when} of its ${span(expires)}.`,
      evidence: shown(next.first, answer),
      deviceId,
    }
  })
}

const burstCount = 6
const burstTime = 20_000

/** Six REGISTERs within 20 s; two are one registration with its challenge. */
function bursts({ registers, deviceId }: Registration): Found[] {
  const start = registers.findIndex((register, index) => {
    const last = registers[index + burstCount - 1]
    return last !== undefined && last.first.at - register.first.at < burstTime
  })
  if (start < 0) return []
  const burst = registers.slice(start).filter(({ first }) => first.at - (registers[start]?.first.at ?? 0) < burstTime)
  return [
    {
      summary: `${deviceId} sent ${burst.length} REGISTERs within ${span(burstTime)}.`,
      evidence: burst.map(({ first }) => first),
      deviceId,
    },
  ]
}
