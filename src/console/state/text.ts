/** What the page says, in English and Chinese. Names of states, reasons and codes are the API's and stay as they are. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { ladderWords } from './ladder-words.ts'
import type { Language } from './settings.ts'
import { words } from './words.ts'

const texts = { ...words, ...ladderWords }

export type TextKey = keyof typeof texts

export const Said = createContext<Language>('en')

export function useText(): (key: TextKey) => string {
  const language = useContext(Said)
  return (key) => texts[key][language === 'zh' ? 1 : 0]
}

export const useLanguage = (): Language => useContext(Said)

/** A time of day in the viewer's zone: of ISO 8601, or of milliseconds since the epoch. */
export const timeText = (at: string | number): string => new Date(at).toLocaleTimeString('en-GB')

/** The same with milliseconds. */
export const clockText = (at: number): string => `${timeText(at)}.${String(Math.floor(at) % 1000).padStart(3, '0')}`

export function durationText(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
