import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Charset,
  type Edition,
  isMessage,
  type Outgoing,
  parseManscdp,
  printManscdp,
  xmlElement,
} from '../../src/manscdp/index.ts'

const DEVICE = '34020000001110000001'
const CHANNEL = '34020000001320000001'
const GROUP = '34020000002150000001'

const body = (root: string, cmdType: string, inner: string) =>
  Buffer.from(`<${root}><CmdType>${cmdType}</CmdType><SN>17</SN><DeviceID>${DEVICE}</DeviceID>${inner}</${root}>`)

function take(bytes: Uint8Array) {
  const result = parseManscdp(bytes)
  if (!result.ok) throw new Error(result.rejection.code)
  return { message: result.message, notes: result.notes.map(({ code, where }) => (where ? `${code} ${where}` : code)) }
}

function takeItem(inner: string) {
  const { message, notes } = take(
    body('Response', 'Catalog', `<SumNum>1</SumNum><DeviceList Num="1"><Item>${inner}</Item></DeviceList>`),
  )
  if (!isMessage(message, 'Response', 'Catalog')) throw new Error('not a catalog')
  return { item: message.value.DeviceList[0], notes }
}

const printed = (message: Outgoing, edition: Edition) =>
  new TextDecoder('gb18030').decode(printManscdp(message, { edition })).split('\r\n').slice(4, -2).join('')

const catalogOf = (item: object): Outgoing => ({
  root: 'Response',
  cmdType: 'Catalog',
  sn: 17,
  deviceId: DEVICE,
  value: { SumNum: 1, DeviceList: [{ DeviceID: CHANNEL, Name: 'Gate', ...item }] },
})

describe('Keepalive (A.2.5.2)', () => {
  it('prints as the standard has it, the edition deciding the declared charset', () => {
    const message: Outgoing = {
      root: 'Notify',
      cmdType: 'Keepalive',
      sn: 88,
      deviceId: DEVICE,
      value: { Status: 'OK' },
    }
    const text = `<?xml version="1.0" encoding="GB2312"?>\r\n<Notify>\r\n<CmdType>Keepalive</CmdType>\r\n<SN>88</SN>\r\n<DeviceID>${DEVICE}</DeviceID>\r\n<Status>OK</Status>\r\n</Notify>\r\n`
    expect(printManscdp(message).toString()).toBe(text)
    expect(printManscdp(message, { edition: 2022 }).toString()).toBe(text.replace('GB2312', 'GB18030'))
    expect(printManscdp(message, { edition: 2022, charset: 'UTF-8' }).toString()).toBe(text.replace('GB2312', 'UTF-8'))
  })

  it('means OK when Status is missing', () => {
    const { message, notes } = take(body('Notify', 'Keepalive', ''))
    expect(isMessage(message, 'Notify', 'Keepalive') && message.value.Status).toBe('OK')
    expect(notes).toEqual([])
  })

  it('names the sub-devices that do not work', () => {
    const sick = `<Status>ERROR</Status><Info><DeviceID>1</DeviceID><DeviceID>2</DeviceID></Info>`
    const { message } = take(body('Notify', 'Keepalive', sick))
    expect(message.value).toEqual({ Status: 'ERROR', Info: { DeviceID: ['1', '2'] } })
  })
})

describe('DeviceInfo (A.2.6.6)', () => {
  const info: Outgoing = {
    root: 'Response',
    cmdType: 'DeviceInfo',
    sn: 17,
    deviceId: DEVICE,
    value: {
      DeviceName: 'N',
      Result: 'OK',
      DeviceType: 'NVR',
      MaxCamera: 8,
      Channel: 4,
      Info: ['i'],
      ExtraInfo: ['x'],
    },
  }
  const start = `<DeviceID>${DEVICE}</DeviceID>`

  it.each([
    [2011, '<Result>OK</Result><DeviceType>NVR</DeviceType><MaxCamera>8</MaxCamera><Channel>4</Channel><Info>i</Info>'],
    [
      2014,
      '<DeviceName>N</DeviceName><Result>OK</Result><DeviceType>NVR</DeviceType><MaxCamera>8</MaxCamera><Channel>4</Channel><Info>i</Info>',
    ],
    [2022, '<DeviceName>N</DeviceName><Result>OK</Result><Channel>4</Channel><ExtraInfo>x</ExtraInfo>'],
  ] as const)('sends to a peer of %i the fields of its edition', (edition, fields) => {
    expect(printed(info, edition)).toBe(start + fields)
  })

  it.each(['OK', 'Ok', ' ok ', 'SUCCESS', '0'])('takes the Result %j for OK', (result) => {
    expect(take(body('Response', 'DeviceInfo', `<Result>${result}</Result>`)).message.value).toMatchObject({
      Result: 'OK',
    })
  })

  it('notes a missing Result and keeps the rest', () => {
    const { message, notes } = take(body('Response', 'DeviceInfo', '<Firmware>V1</Firmware>'))
    expect([message.value, notes]).toEqual([{ Firmware: 'V1', Info: [], ExtraInfo: [] }, ['missing-field Result']])
  })
})

describe('DeviceStatus (A.2.6.5)', () => {
  it.each(['OFFILE', 'OFFLINE', 'offline'])('takes %s for OFFLINE', (online) => {
    const sent = `<Result>OK</Result><Online>${online}</Online><Status>ON</Status>`
    expect(take(body('Response', 'DeviceStatus', sent)).message.value).toMatchObject({
      Online: 'OFFLINE',
      Status: 'OK',
    })
  })

  it.each([
    ['Num', 'DutyStatus'],
    ['num', 'DutyStatus'],
    ['Num', 'Status'],
    ['Num', 'StatusDutyStatus'],
  ])('reads the alarm inputs of every edition: %s, %s', (num, duty) => {
    const sent = `<AlarmStatus ${num}="1"><Item><DeviceID>1</DeviceID><${duty}>ALARM</${duty}></Item></AlarmStatus>`
    const { message, notes } = take(
      body('Response', 'DeviceStatus', `<Result>OK</Result><Online>ON</Online><Status>OK</Status>${sent}`),
    )
    expect(message.value).toMatchObject({ Alarmstatus: [{ DeviceID: '1', DutyStatus: 'ALARM' }] })
    expect(notes).toEqual([])
  })

  it.each([
    [2011, 'Num', 'Status'],
    [2014, 'Num', 'StatusDutyStatus'],
    [2016, 'num', 'DutyStatus'],
    [2022, 'Num', 'DutyStatus'],
  ] as const)('spells the alarm inputs as %i does: %s, %s', (edition, num, duty) => {
    const message: Outgoing = {
      root: 'Response',
      cmdType: 'DeviceStatus',
      sn: 17,
      value: { Result: 'OK', Online: 'ONLINE', Status: 'OK', Alarmstatus: [{ DeviceID: '1', DutyStatus: 'ALARM' }] },
    }
    const text = printManscdp(message, { edition }).toString().replaceAll('\r\n', '')
    expect(text).toContain(
      `<Alarmstatus ${num}="1"><Item><DeviceID>1</DeviceID><${duty}>ALARM</${duty}></Item></Alarmstatus>`,
    )
  })
})

describe('Catalog (A.2.6.7)', () => {
  const start = `<DeviceID>${DEVICE}</DeviceID><SumNum>1</SumNum><DeviceList Num="1"><Item><DeviceID>${CHANNEL}</DeviceID><Name>Gate</Name>`
  const end = '</Item></DeviceList>'

  it.each([
    [2011, ''],
    [2014, `<Info><PTZType>1</PTZType><BusinessGroupID>${GROUP}</BusinessGroupID></Info>`],
    [2016, `<Info><PTZType>1</PTZType><BusinessGroupID>${GROUP}</BusinessGroupID></Info>`],
    [2022, `<BusinessGroupID>${GROUP}</BusinessGroupID><Info><PTZType>1</PTZType></Info>`],
  ] as const)('has the business group where %i has it', (edition, tail) => {
    expect(printed(catalogOf({ BusinessGroupID: GROUP, Info: { PTZType: 1 } }), edition)).toBe(start + tail + end)
  })

  it.each([
    ['at item level', `<BusinessGroupID>${GROUP}</BusinessGroupID><Info><PTZType>1</PTZType></Info>`],
    ['inside Info', `<Info><PTZType>1</PTZType><BusinessGroupID>${GROUP}</BusinessGroupID></Info>`],
  ])('finds the business group %s', (_, sent) => {
    const { item } = takeItem(`<DeviceID>1</DeviceID><Name>n</Name>${sent}`)
    expect(item).toEqual({ DeviceID: '1', Name: 'n', BusinessGroupID: GROUP, Info: { PTZType: 1 } })
  })

  it('keeps the order of the standard, whatever the order given', () => {
    const text = printed(catalogOf({ Status: 'ON', Address: 'A', Parental: 0, Manufacturer: 'M' }), 2016)
    expect(text).toContain(
      '<Manufacturer>M</Manufacturer><Address>A</Address><Parental>0</Parental><Status>ON</Status>',
    )
  })

  it('leaves an empty list out, but for 2011, which wants Num="0" (Annex M)', () => {
    const none: Outgoing = { root: 'Response', cmdType: 'Catalog', sn: 17, deviceId: DEVICE, value: { SumNum: 0 } }
    expect(printed(none, 2016)).toBe(`<DeviceID>${DEVICE}</DeviceID><SumNum>0</SumNum>`)
    expect(printed(none, 2011)).toBe(
      `<DeviceID>${DEVICE}</DeviceID><SumNum>0</SumNum><DeviceList Num="0"></DeviceList>`,
    )
  })

  it('drops a bad number and keeps the item', () => {
    const { item, notes } = takeItem(
      '<DeviceID>1</DeviceID><Name>n</Name><Longitude>abc</Longitude><Latitude></Latitude>',
    )
    expect([item, notes]).toEqual([{ DeviceID: '1', Name: 'n' }, ['bad-value DeviceList.Item.Longitude']])
  })

  it('keeps numbers that look like something else as they are', () => {
    const { item } = takeItem('<DeviceID>1</DeviceID><Name>0017</Name><Model>1e5</Model><Parental>65535</Parental>')
    expect(item).toEqual({ DeviceID: '1', Name: '0017', Model: '1e5', Parental: 65535 })
  })

  it('reads fields in any case, with blanks around them', () => {
    const { item } = takeItem('<deviceid>1</deviceid><NAME>n</NAME><Secrecy> 0 </Secrecy><status>online</status>')
    expect(item).toEqual({ DeviceID: '1', Name: 'n', Secrecy: 0, Status: 'ON' })
  })

  it('counts what is there when Num says otherwise', () => {
    const sent = '<SumNum>1</SumNum><DeviceList Num="5"><Item><DeviceID>1</DeviceID><Name>n</Name></Item></DeviceList>'
    const { message, notes } = take(body('Response', 'Catalog', sent))
    expect(isMessage(message, 'Response', 'Catalog') && message.value.DeviceList).toHaveLength(1)
    expect(notes).toEqual(['num-mismatch DeviceList'])
  })

  it('reads the times of a query, and notes one that is none', () => {
    const sent = '<StartTime>2024-5-1T8:0:0</StartTime><EndTime>yesterday</EndTime>'
    const { message, notes } = take(body('Query', 'Catalog', sent))
    expect(message.value).toEqual({ StartTime: '2024-5-1T8:0:0', EndTime: 'yesterday' })
    expect(notes).toEqual(['bad-value EndTime'])
  })
})

describe('what must not be sent', () => {
  it('throws when our own code leaves out what is mandatory, or gives a number that is none', () => {
    const half = { root: 'Response', cmdType: 'DeviceInfo', sn: 1, value: {} } as Outgoing
    expect(() => printManscdp(half)).toThrow('Result is mandatory')
    expect(() => printManscdp(catalogOf({ Longitude: Number.NaN }))).toThrow(RangeError)
    expect(() => printManscdp(catalogOf({ Parental: 0.5 }))).toThrow(RangeError)
  })
})

describe('round trips', () => {
  const value = fc.string({ unit: 'binary', maxLength: 20 }).map((text) =>
    text
      .toWellFormed()
      .replace(/[^\P{Cc}\t\n\r\x7f-\x9f]|[\ufffd-\uffff]/gu, '')
      .replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''),
  )
  const spoken = fc.constantFrom('门', '一楼', '<&>"\'', '&amp;', '😀𠀀', '€', ']]>', 'Gate-1', '\ue5e5', '\ue7c7')
  const words = fc.array(fc.oneof(value, spoken), { maxLength: 3 }).map((parts) => parts.join(''))
  const degrees = fc.double({ min: -180, max: 180, noNaN: true }).map((n) => Number(n.toFixed(6)) + 0)
  const optionally = { requiredKeys: [] }
  const item = fc.record(
    {
      DeviceID: words,
      Name: words,
      Model: words,
      Address: words,
      Parental: fc.integer(),
      Status: fc.constantFrom('ON', 'OFF'),
      Longitude: degrees,
      Latitude: degrees,
      BusinessGroupID: words,
      Info: fc.record({ PTZType: fc.nat(), Resolution: words }, optionally),
    },
    { requiredKeys: ['DeviceID', 'Name'] },
  )
  const charset = fc.constantFrom<Charset>('GB2312', 'GBK', 'GB18030', 'UTF-8')

  it('a catalog comes back as it was sent, in every charset and every edition that has its fields', () => {
    const edition = fc.constantFrom<Edition>(2014, 2016, 2022)
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 3 }), fc.nat(), charset, edition, (items, sn, own, of) => {
        const value = { SumNum: items.length, DeviceList: items.map((each) => ({ Info: {}, ...each })) }
        const sent = printManscdp(
          { root: 'Response', cmdType: 'Catalog', sn, deviceId: DEVICE, value },
          { charset: own, edition: of },
        )
        const { message } = take(sent)
        expect(message).toMatchObject({ root: 'Response', cmdType: 'Catalog', sn, deviceId: DEVICE })
        expect(message.value).toEqual({ ...value, Info: [], ExtraInfo: [] })
      }),
    )
  })

  it('a command without a schema comes back as its tree', () => {
    fc.assert(
      fc.property(words, charset, (text, own) => {
        const elements = [xmlElement('Any', text), xmlElement('L', [xmlElement('Item', text)], [['Num', '1']])]
        const { message } = take(printManscdp({ root: 'Notify', cmdType: 'Vendor', sn: 1, elements }, { charset: own }))
        expect(message.raw.children.slice(2)).toEqual(elements)
        expect([message.value, message.deviceId]).toEqual([undefined, undefined])
      }),
    )
  })
})
