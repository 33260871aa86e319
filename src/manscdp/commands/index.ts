/**
 * The vocabulary: every command that has a schema, by root element and CmdType. A family of commands is one file here and
 * one line in each root below.
 */
import { catalog } from './catalog.ts'
import { deviceInfo } from './device-info.ts'
import { deviceStatus } from './device-status.ts'
import { keepalive } from './keepalive.ts'

/** The four root elements of Annex A. */
export type Root = 'Control' | 'Query' | 'Notify' | 'Response'

export const vocabulary = {
  Control: {},
  Query: { ...catalog.Query, ...deviceInfo.Query, ...deviceStatus.Query },
  Notify: { ...keepalive.Notify },
  Response: { ...catalog.Response, ...deviceInfo.Response, ...deviceStatus.Response },
} as const

export type Vocabulary = typeof vocabulary
