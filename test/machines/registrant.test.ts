import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { registrant } from '../../machines/index.ts'
import { done, play, type Step, stateOf, take, testTable, timesOf } from './rows.ts'

const minute = 60_000
const hour = 60 * minute
const input = { startAfter: 1000, expires: hour, keepalive: minute, keepaliveLimit: 3, retry: minute }
const challenged = { type: 'challenged', stale: false, jitter: 0 } as const
const stale = { type: 'challenged', stale: true, jitter: 0 } as const
const accepted = { type: 'accepted', expires: hour } as const
const refused = { type: 'refused', status: 403, jitter: 0 } as const
const tooBrief = { type: 'too-brief', minimum: 2 * hour, jitter: 0 } as const
const noLonger = { type: 'too-brief', minimum: hour, jitter: 0 } as const
const timedOut = { type: 'unanswered', reason: 'timeout', jitter: 0 } as const
const unsent = { type: 'unanswered', reason: 'transport', jitter: 0 } as const
const alive = { type: 'keepalive.accepted' } as const
const unknown = { type: 'keepalive.refused' } as const
const missed = { type: 'keepalive.unanswered' } as const
const closed = { type: 'connection.closed', jitter: 0 } as const
const stop = { type: 'stop' } as const

const unauthenticated = 'registering.unauthenticated'
const authenticated = 'registering.authenticated'
const reauthenticated = 'registering.reauthenticated'
const registered = 'registered.idle'
const asking = 'unregistering.asking'
const answering = 'unregistering.answering'
const register = [1000, challenged, accepted]
const refresh = [...register, 45 * minute]

describe('a registration as the device lives it, GB/T 28181 9.1 and 9.6, RFC 3261 10.2', () => {
  testTable(registrant, {
    input,
    reach: {
      waiting: [],
      'waiting, before the attempt': [999],
      [unauthenticated]: [1000],
      [authenticated]: [1000, challenged],
      [`${authenticated}, to refresh`]: refresh,
      [reauthenticated]: [1000, challenged, stale],
      [registered]: register,
      [`${registered}, two keepalives missed`]: [...register, missed, missed],
      [`${registered}, before the refresh`]: [...register, 45 * minute - 1],
      [asking]: [...register, stop],
      [answering]: [...register, stop, challenged],
      stopped: [stop],
    },
    rows: [
      ['Waiting, the wait is over: REGISTER', 'waiting, before the attempt', 1, unauthenticated, ['register']],
      ['Waiting, stop: nothing to take back', 'waiting', stop, 'stopped', []],
      [
        'Registering, 401: REGISTER with credentials',
        unauthenticated,
        challenged,
        authenticated,
        ['registerWithCredentials'],
      ],
      [
        'Registering, 200 without a challenge: registered',
        unauthenticated,
        accepted,
        registered,
        ['announceRegistered'],
      ],
      [
        'Registering, 403: no further attempt for a while',
        unauthenticated,
        refused,
        'waiting',
        ['announceFailure rejected'],
      ],
      ['Registering, Timer F: the same', unauthenticated, timedOut, 'waiting', ['announceFailure no-final']],
      ['Registering, transport error: the same', unauthenticated, unsent, 'waiting', ['announceFailure transport']],
      ['Registering, connection closed: the same', unauthenticated, closed, 'waiting', ['announceFailure transport']],
      [
        'Registering, 423: asks for the longer validity at once',
        unauthenticated,
        tooBrief,
        unauthenticated,
        ['register'],
      ],
      [
        'Registering, 423 for no longer a validity: refused',
        unauthenticated,
        noLonger,
        'waiting',
        ['announceFailure rejected'],
      ],
      ['Registering for the first time, stop: nothing to take back', unauthenticated, stop, 'stopped', []],

      ['With credentials, 200: registered', authenticated, accepted, registered, ['announceRegistered']],
      [
        'With credentials, 401: they are wrong',
        authenticated,
        challenged,
        'waiting',
        ['announceFailure wrong-credentials'],
      ],
      [
        'With credentials, 401 stale: once more with the new nonce',
        authenticated,
        stale,
        reauthenticated,
        ['registerWithCredentials'],
      ],
      [
        'With credentials, 403: no further attempt for a while',
        authenticated,
        refused,
        'waiting',
        ['announceFailure rejected'],
      ],
      ['With credentials, 423: at once again', authenticated, tooBrief, authenticated, ['registerWithCredentials']],
      [
        'Refreshing with the nonce of last time, 401 that does not say stale: once more with the new nonce',
        `${authenticated}, to refresh`,
        challenged,
        reauthenticated,
        ['registerWithCredentials'],
      ],
      [
        'Refreshing, 200: registered for another term',
        `${authenticated}, to refresh`,
        accepted,
        registered,
        ['announceRegistered'],
      ],
      ['Refreshing, stop: REGISTER with Expires 0', `${authenticated}, to refresh`, stop, asking, ['unregister']],
      ['With credentials again, 200: registered', reauthenticated, accepted, registered, ['announceRegistered']],
      [
        'With credentials again, 401: they are wrong',
        reauthenticated,
        challenged,
        'waiting',
        ['announceFailure wrong-credentials'],
      ],
      [
        'With credentials again, every nonce is stale: no storm of REGISTERs',
        reauthenticated,
        stale,
        'waiting',
        ['announceFailure rejected'],
      ],
      [
        'With credentials again, 423: at once again',
        reauthenticated,
        tooBrief,
        reauthenticated,
        ['registerWithCredentials'],
      ],

      ['Registered, one interval: Keepalive', registered, minute, registered, ['sendKeepalive']],
      ['Registered, 200 to it: nothing', registered, alive, registered, []],
      ['Registered, no answer to it: counted', registered, missed, registered, []],
      [
        'Registered, the third without an answer: the platform is lost, REGISTER',
        `${registered}, two keepalives missed`,
        missed,
        unauthenticated,
        ['announceLost', 'register'],
      ],
      ['Registered, 404 to a keepalive: REGISTER', registered, unknown, unauthenticated, ['announceLost', 'register']],
      [
        'Registered, before expiry: refreshed',
        `${registered}, before the refresh`,
        1,
        authenticated,
        ['registerWithCredentials'],
      ],
      ['Registered, connection closed: lost, and back after a while', registered, closed, 'waiting', ['announceLost']],
      ['Registered, stop: REGISTER with Expires 0', registered, stop, asking, ['unregister']],

      ['Unregistering, 200: unregistered', asking, accepted, 'stopped', ['announceUnregistered']],
      ['Unregistering, 401: with credentials', asking, challenged, answering, ['unregister']],
      ['Unregistering, 403: left all the same', asking, refused, 'stopped', []],
      ['Unregistering, no answer: left all the same', asking, timedOut, 'stopped', []],
      ['Unregistering, connection closed: left all the same', asking, closed, 'stopped', []],
      ['Unregistering with credentials, 200: unregistered', answering, accepted, 'stopped', ['announceUnregistered']],
      ['Unregistering with credentials, 401: left all the same', answering, challenged, 'stopped', []],
      ['Stopped: nothing is heard any more', 'stopped', accepted, 'stopped', []],
    ],
  })

  it('sends a keepalive each interval and refreshes at three quarters of the validity granted', () => {
    const device = play(registrant, input, 1000, challenged, { type: 'accepted', expires: 600_000 })
    for (let n = 0; n < 7; n++) take(device, minute, alive)
    expect(timesOf(device, 'sendKeepalive')).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => 1000 + n * minute))
    take(device, minute)
    expect(timesOf(device, 'registerWithCredentials')).toEqual([1000, 451_000])
  })

  it('sends no keepalive while its refresh is unanswered', () => {
    const device = play(registrant, input, ...refresh, 10 * minute)
    expect(timesOf(device, 'sendKeepalive').at(-1)).toBe(1000 + 44 * minute)
  })

  it('counts only keepalives missed in a row', () => {
    const device = play(registrant, input, ...register, missed, missed, alive, missed, missed)
    expect([stateOf(device), device.context().missed, device.actionsNamed('announceLost')]).toEqual([registered, 2, []])
    expect(play(registrant, input, ...refresh, accepted).context().missed).toBe(0)
  })

  it('tries again after the retry interval, lengthened by up to one half by the jitter', () => {
    const device = play(registrant, input, 1000, { ...refused, jitter: 0 }, hour)
    expect(timesOf(device, 'register')).toEqual([1000, 61_000])
    take(device, { ...timedOut, jitter: 0.5 }, hour)
    expect(timesOf(device, 'register').at(-1)).toBe(61_000 + hour + 75_000 - minute)
    take(device, { ...closed, jitter: 1 }, 90_000 - 1)
    expect(stateOf(device)).toBe('waiting')
    take(device, 1)
    expect(stateOf(device)).toBe(unauthenticated)
  })

  it.each([
    ['without credentials', []],
    ['with credentials', [challenged]],
    ['with credentials again', [challenged, stale]],
  ] as const)('asks, %s, for the longer validity of a 423, and not a second time for the same', (_, steps) => {
    const device = play<typeof registrant>(registrant, input, 1000, ...steps, tooBrief)
    expect([device.context().expires, device.actionsNamed('announceFailure')]).toEqual([2 * hour, []])
    take(device, tooBrief)
    expect([stateOf(device), device.actionsNamed('announceFailure').length]).toEqual(['waiting', 1])
  })

  it('takes the registration back also when it is stopped in the middle of a refresh', () => {
    const device = play(registrant, input, ...refresh, challenged, stop, 40, accepted)
    expect([done(device).slice(-2), device.status(), device.clock.pending]).toEqual([
      ['unregister', 'announceUnregistered'],
      'done',
      0,
    ])
  })

  // Whatever arrives, whenever: after a failure no REGISTER goes out before the retry interval is over; one attempt
  // is four REGISTERs at most, one of them for a longer validity; keepalives go out only while registered; what was
  // announced as lost had been announced as registered. Stopped and unanswered it ends exactly once, with no timer left.
  it('never storms the platform and always ends once stopped, whatever arrives', () => {
    const events: Step<typeof registrant>[] = [
      ...[challenged, stale, accepted, refused, tooBrief, timedOut, unsent, alive, unknown, missed, closed],
    ]
    const step = fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(...events, challenged, accepted) },
      { weight: 1, arbitrary: fc.constantFrom(500, minute, 45 * minute, 2 * hour) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.array(step, { maxLength: 5 }), (steps, later) => {
        const device = play(registrant, input, 1000, ...steps, stop, ...later, timedOut)
        expect([device.status(), device.endings(), device.clock.pending]).toEqual(['done', 1, 0])

        let up = false
        let attempts = 0
        let quietUntil = 0
        for (const [at, name] of device.actions) {
          if (name === 'register' || name === 'registerWithCredentials') {
            expect(at).toBeGreaterThanOrEqual(quietUntil)
            up = false
            attempts++
          }
          if (name === 'sendKeepalive' || name === 'announceLost') expect(up).toBe(true)
          if (name === 'announceFailure') quietUntil = at + input.retry
          if (name.startsWith('announce')) attempts = 0
          if (name.startsWith('announce') || name === 'unregister') up = name === 'announceRegistered'
          expect(attempts).toBeLessThanOrEqual(4)
        }
        expect(device.actionsNamed('unregister').length).toBeLessThanOrEqual(2)
      }),
      { numRuns: 300 },
    )
  })
})
