/**
 * Catalog: the tree of systems, groups, devices and channels (A.2.4.4 query, A.2.6.7 answer, item type A.2.1.9).
 *
 * An answer comes in one message or many, all with the SN of the query; `SumNum` counts the items of all of them.
 */
import { dateTime, decimal, integer, list, mandatory, object, optional, repeated, text } from '../schema.ts'
import { extraInfo, onOff, result } from './values.ts'

const query = object({
  /** Only items added from this time on. */
  StartTime: optional(dateTime()),
  /** Only items added up to this time. */
  EndTime: optional(dateTime()),
})

/** Properties of a camera, `Info` of an item. Codes as in protocol 6.4; `/`-separated lists stay text. */
const itemInfo = object({
  /** 1 dome, 2 half dome, 3 fixed bullet, 4 remote bullet; 2022: 5 remote half dome, 6 panorama, 7 split channel. */
  PTZType: optional(integer()),
  PositionType: optional(integer(), { until: 2016 }),
  PhotoelectricImagingType: optional(text(), { since: 2022 }),
  /** Seven digits, Annex O. */
  CapturePositionType: optional(text(), { since: 2022 }),
  /** 1 outdoor, 2 indoor. */
  RoomType: optional(integer()),
  UseType: optional(integer(), { until: 2016 }),
  /** 1 none, 2 infrared, 3 white; 2022: 4 laser, 9 other. */
  SupplyLightType: optional(integer()),
  /** 1 east, 2 west, 3 south, 4 north, 5 south-east, 6 north-east, 7 south-west, 8 north-west. */
  DirectionType: optional(integer()),
  /** Values as in the `f=` line, `/`-separated. */
  Resolution: optional(text()),
  /** Read into the item itself, where 2022 has it. */
  BusinessGroupID: optional(text(), { until: 2016 }),
  StreamNumberList: optional(text(), { since: 2022 }),
  DownloadSpeed: optional(text(), { since: 2016 }),
  SVCSpaceSupportMode: optional(integer(), { since: 2016 }),
  SVCTimeSupportMode: optional(integer(), { since: 2016 }),
  SSVCRatioSupportList: optional(text(), { since: 2022 }),
  /** 1 robot, 2 body camera, 3 soldier, 4 vehicle, 5 drone, 9 other. */
  MobileDeviceType: optional(integer(), { since: 2022 }),
  /** Degrees, over 0 up to 360. */
  HorizontalFieldAngle: optional(decimal(), { since: 2022 }),
  VerticalFieldAngle: optional(decimal(), { since: 2022 }),
  /** Metres. */
  MaxViewDistance: optional(decimal(), { since: 2022 }),
  /** Township 3 digits, village 3; 000000 when neither. */
  GrassrootsCode: optional(text(), { since: 2022 }),
  PointType: optional(integer(), { since: 2022 }),
  PointCommonName: optional(text(), { since: 2022 }),
  /** `XX-XX-XX-XX-XX-XX`. */
  MAC: optional(text(), { since: 2022 }),
  FunctionType: optional(text(), { since: 2022 }),
  EncodeType: optional(text(), { since: 2022 }),
  InstallTime: optional(dateTime(), { since: 2022 }),
  ManagementUnit: optional(text(), { since: 2022 }),
  ContactInfo: optional(text(), { since: 2022 }),
  RecordSaveDays: optional(integer(), { since: 2022 }),
  IndustrialClassification: optional(text(), { since: 2022 }),
})

/** What is mandatory for some kinds of item only (a division has no Manufacturer) is optional here. */
export const catalogItem = object(
  {
    /** 20 digits, or 2, 4, 6 or 8 of an administrative division. */
    DeviceID: mandatory(text()),
    Name: mandatory(text()),
    Manufacturer: optional(text()),
    Model: optional(text()),
    Owner: optional(text(), { until: 2016 }),
    CivilCode: optional(text()),
    /** Police area. */
    Block: optional(text()),
    Address: optional(text()),
    /** 0 none; anything else: it has children (65535 has been seen). */
    Parental: optional(integer()),
    /** One or several, `/`-separated. */
    ParentID: optional(text()),
    SafetyWay: optional(integer(), { until: 2016 }),
    /** 1 digest, 2 mutual by password, 3 mutual by certificate; 2022: 4 one-way by certificate. */
    RegisterWay: optional(integer()),
    CertNum: optional(text(), { until: 2016 }),
    Certifiable: optional(integer(), { until: 2016 }),
    ErrCode: optional(integer(), { until: 2016 }),
    EndTime: optional(dateTime(), { until: 2016 }),
    /** A, B or C of GB 35114. */
    SecurityLevelCode: optional(text(), { since: 2022 }),
    /** 0 no, 1 yes. */
    Secrecy: optional(integer()),
    IPAddress: optional(text()),
    Port: optional(integer()),
    Password: optional(text()),
    Status: optional(onOff()),
    /** Degrees; WGS-84 by the standard. */
    Longitude: optional(decimal()),
    Latitude: optional(decimal()),
    /** The 215 group it belongs to. 2014 and 2016 have it inside `Info`. */
    BusinessGroupID: optional(text(), { since: 2022 }),
    Info: optional(itemInfo, { since: 2014 }),
  },
  { moved: [{ field: 'BusinessGroupID', child: 'Info', until: 2016 }] },
)

const response = object({
  /** Stands alone in the answer to a SUBSCRIBE until 2016, which has no SumNum and no list; never in a list answer. */
  Result: optional(result(), { until: 2016 }),
  /** Items in all messages of this answer. */
  SumNum: mandatory(integer()),
  DeviceList: list('Item', catalogItem),
  Info: repeated(text(), { until: 2016 }),
  ExtraInfo: extraInfo(),
})

export const catalog = { Query: { Catalog: query }, Response: { Catalog: response } }
