import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { registration } from '../../machines/index.ts'
import type { Driver } from '../support/coverage.ts'
import { done, play, type Step, stateOf, take, testTable } from './rows.ts'

const minute = 60_000
const hour = 60 * minute
const input = { keepalive: minute, keepaliveLimit: 3, challenge: 30_000 }
const challenged = { type: 'register.challenged' } as const
const rejected = { type: 'register.rejected' } as const
const accepted = { type: 'register.accepted', expires: hour, interrogate: false } as const
const moved = { type: 'register.accepted', expires: hour, interrogate: true } as const
const brief = { type: 'register.accepted', expires: 2 * minute, interrogate: false } as const
const removed = { type: 'register.removed' } as const
const keepalive = { type: 'keepalive', transaction: 'k1', incomplete: false } as const
const incomplete = { ...keepalive, incomplete: true } as const
const closed = { type: 'connection.closed' } as const
const forget = { type: 'forget' } as const

const comesOnline = ['announceOnline', 'interrogate']

describe('a device as the platform sees it, GB/T 28181 9.1 and 9.6', () => {
  testTable(registration, {
    input,
    reach: {
      challenged: [],
      'challenged, before the limit': [29_999],
      online: [accepted],
      'online, before it is late': [accepted, 1.5 * minute - 1],
      'online, heard in time': [accepted, minute, keepalive, minute / 2 - 1],
      'online, before its registration is over': [brief, minute, keepalive, minute - 1],
      silent: [accepted, 1.5 * minute],
      'silent, before the limit': [accepted, 3 * minute - 1],
      'silent, before its registration is over': [brief, 2 * minute - 1],
      'offline, keepalives missed': [accepted, 3 * minute],
      'offline, registration over': [brief, 2 * minute],
      'offline, unregistered': [accepted, removed],
      'offline, unregistered after it was lost': [accepted, 3 * minute, removed],
      'offline, connection closed': [accepted, closed],
      'offline, keepalives missed and registration just over': [accepted, hour],
      forgotten: [forget],
    },
    rows: [
      ['Unknown, keepalive: 404, so that it registers', 'challenged', keepalive, 'challenged', ['refuseKeepalive k1']],
      ['Challenged, another challenge: awaited anew', 'challenged', challenged, 'challenged', []],
      ['Challenged, bad credentials: awaited anew', 'challenged', rejected, 'challenged', []],
      [
        'Challenged, good credentials: online, DeviceInfo and Catalog asked',
        'challenged',
        accepted,
        'online',
        comesOnline,
      ],
      ['Challenged, no answer: forgotten', 'challenged, before the limit', 1, 'forgotten', []],
      ['Challenged, the pool is full: forgotten', 'challenged', forget, 'forgotten', []],

      ['Online, refreshed: extended, nothing asked again', 'online', accepted, 'online', []],
      ['Online, refreshed from elsewhere: asked again', 'online', moved, 'online', ['interrogate']],
      ['Online, Expires 0: offline', 'online', removed, 'offline', ['announceOffline unregistered']],
      ['Online, keepalive: 200', 'online', keepalive, 'online', ['acceptKeepalive k1']],
      [
        'Online, keepalive, its catalog not whole: 200, asked again',
        'online',
        incomplete,
        'online',
        ['acceptKeepalive k1', 'interrogate'],
      ],
      ['Online, connection closed: offline', 'online', closed, 'offline', ['announceOffline connection-closed']],
      ['Online, one keepalive late: silent', 'online, before it is late', 1, 'silent', ['announceSilent']],
      ['Online, the keepalive came: stays', 'online, heard in time', 1, 'online', []],
      [
        'Online, registration over: offline',
        'online, before its registration is over',
        1,
        'offline',
        ['announceOffline expired'],
      ],
      ['Online, a new challenge to a refresh: changes nothing', 'online', challenged, 'online', []],
      ['Online, a forged REGISTER: changes nothing', 'online', rejected, 'online', []],
      ['Online, deleted by the user: forgotten', 'online', forget, 'forgotten', []],

      ['Silent, keepalive: online again, 200', 'silent', keepalive, 'online', ['acceptKeepalive k1', 'announceOnline']],
      ['Silent, refreshed: online again', 'silent', accepted, 'online', ['announceOnline']],
      ['Silent, refreshed from elsewhere: asked again', 'silent', moved, 'online', comesOnline],
      ['Silent, Expires 0: offline', 'silent', removed, 'offline', ['announceOffline unregistered']],
      ['Silent, connection closed: offline', 'silent', closed, 'offline', ['announceOffline connection-closed']],
      [
        'Silent, three intervals without a keepalive: offline',
        'silent, before the limit',
        1,
        'offline',
        ['announceOffline keepalive-missed'],
      ],
      [
        'Silent, registration over: offline',
        'silent, before its registration is over',
        1,
        'offline',
        ['announceOffline expired'],
      ],

      ['Offline, registered anew: online, asked again', 'offline, registration over', accepted, 'online', comesOnline],
      [
        'Offline by missed keepalives, keepalive: 200, online, asked again',
        'offline, keepalives missed',
        keepalive,
        'online',
        ['acceptKeepalive k1', ...comesOnline],
      ],
      ['Offline by expiry, keepalive: 404', 'offline, registration over', keepalive, 'offline', ['refuseKeepalive k1']],
      [
        'Offline by its own will, keepalive: 404',
        'offline, unregistered',
        keepalive,
        'offline',
        ['refuseKeepalive k1'],
      ],
      [
        'Unregistered after it was lost, keepalive: 404',
        'offline, unregistered after it was lost',
        keepalive,
        'offline',
        ['refuseKeepalive k1'],
      ],
      [
        'Offline by a closed connection, keepalive: 404',
        'offline, connection closed',
        keepalive,
        'offline',
        ['refuseKeepalive k1'],
      ],
      [
        'Offline by missed keepalives and expired since, keepalive: 404',
        'offline, keepalives missed and registration just over',
        keepalive,
        'offline',
        ['refuseKeepalive k1'],
      ],
      ['Offline, deleted by the user: forgotten', 'offline, unregistered', forget, 'forgotten', []],
      ['Forgotten: nothing is heard any more', 'forgotten', accepted, 'forgotten', []],
    ],
  })

  it('a challenge waits for its answer, and each further one anew', () => {
    const stranger = play(registration, input, 20_000, challenged, 20_000, rejected)
    expect([stranger.clock.runUntilIdle(hour), stranger.status()]).toEqual([30_000, 'done'])
  })

  it('silent at one and a half intervals, offline at three', () => {
    const device = play(registration, input, 5000, accepted, hour)
    expect(device.actions.slice(2)).toEqual([
      [5000 + 90_000, 'announceSilent', undefined],
      [5000 + 180_000, 'announceOffline', 'keepalive-missed'],
    ])
  })

  it('asks for a catalog that is not whole three times, and three times again after the next REGISTER', () => {
    const device = play(
      registration,
      input,
      accepted,
      ...Array(5).fill(incomplete),
      accepted,
      ...Array(5).fill(incomplete),
    )
    expect(device.actionsNamed('interrogate')).toHaveLength(1 + 3 + 3)
    expect(device.actionsNamed('acceptKeepalive')).toHaveLength(10)
  })

  it('counts from the last keepalive, however many there were, with one timer for all', () => {
    const device = play(registration, input, { ...accepted, expires: 24 * hour })
    for (let n = 0; n < 500; n++) {
      take(device, 59_990, keepalive)
      expect(device.clock.pending).toBe(1)
    }
    const last = device.clock.now()
    take(device, hour)
    expect(device.actions.slice(-2)).toEqual([
      [last + 90_000, 'announceSilent', undefined],
      [last + 180_000, 'announceOffline', 'keepalive-missed'],
    ])
  })

  it('a refresh counts as a sign of life and moves the end of the registration', () => {
    const device = play(registration, input, brief, 80_000, brief, hour)
    expect(device.actionsNamed('announceOffline')).toEqual([[200_000, 'announceOffline', 'expired']])
  })

  it('revived, it is watched as before, until its registration is over', () => {
    const device = play(registration, input, { ...accepted, expires: 5 * minute }, 200_000, keepalive, hour)
    expect(device.actions.slice(-2)).toEqual([
      [290_000, 'announceSilent', undefined],
      [300_000, 'announceOffline', 'expired'],
    ])
  })

  it('with a limit of one keepalive, offline at one and a half intervals', () => {
    const device = play(registration, { ...input, keepaliveLimit: 1 }, accepted, hour)
    expect(device.actions.slice(2)).toEqual([[90_000, 'announceOffline', 'keepalive-missed']])
  })

  // Whatever arrives, whenever: never online or silent once its registration is over or its keepalives are missed, and
  // never offline for those reasons a moment sooner; never silent while heard within one and a half intervals, never
  // online otherwise; each keepalive answered exactly once, 200 only to a device that is online then. Forgotten, it
  // ends exactly once with no timer left.
  it('is online exactly while registered and heard, whatever arrives', () => {
    const keepalives = fc.constant(keepalive)
    const registers = fc.record({
      type: fc.constant('register.accepted' as const),
      expires: fc.constantFrom(30_000, 2 * minute, 10 * minute),
      interrogate: fc.boolean(),
    })
    const others = fc.constantFrom<Exclude<Step<typeof registration>, number>>(challenged, rejected, removed, closed)
    const waits = fc.constantFrom(1, 10_000, 29_999, minute, 90_000, 2 * minute)
    const step = fc.oneof(
      { weight: 3, arbitrary: keepalives },
      { weight: 3, arbitrary: waits },
      { weight: 2, arbitrary: registers },
      { weight: 1, arbitrary: others },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), (steps, keepaliveLimit) => {
        const device = play(registration, { ...input, keepaliveLimit }, accepted)
        const watch = watcher(device, keepaliveLimit)
        for (const step of steps) watch(step)
        take(device, forget)
        expect([device.status(), device.endings(), device.clock.pending]).toEqual(['done', 1, 0])
      }),
      { numRuns: 300 },
    )
  })
})

/** Takes steps, and holds the device against the rule of 9.6.1, reckoned from what was sent and answered alone. */
function watcher(
  device: Driver<typeof registration>,
  keepaliveLimit: number,
): (step: Step<typeof registration>) => void {
  let lastSeen = 0
  let expiresAt = hour
  const lateAt = () => lastSeen + 1.5 * minute
  const lostAt = () => Math.max(lateAt(), lastSeen + keepaliveLimit * minute)
  return (step) => {
    const before = device.actions.length
    take(device, step)
    const now = device.clock.now()
    const lost = device.actions.slice(before).filter(([, name]) => name === 'announceOffline')
    if (typeof step === 'number') {
      const reason = expiresAt <= lostAt() ? 'expired' : 'keepalive-missed'
      expect([[], [[Math.min(expiresAt, lostAt()), 'announceOffline', reason]]]).toContainEqual(lost)
    } else if (step.type === 'register.accepted') {
      lastSeen = now
      expiresAt = now + step.expires
    } else if (step.type === 'keepalive') {
      const answers = done(device)
        .slice(before)
        .filter((action) => action.endsWith('Keepalive k1'))
      expect(answers).toEqual([stateOf(device) === 'online' ? 'acceptKeepalive k1' : 'refuseKeepalive k1'])
      if (stateOf(device) === 'online') lastSeen = now
    }
    const watched = {
      online: now < Math.min(expiresAt, lateAt()),
      silent: lateAt() <= now && now < lostAt() && now < expiresAt,
    }
    expect({ offline: true, ...watched }).toMatchObject({ [stateOf(device)]: true })
  }
}
