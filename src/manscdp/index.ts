/** `gb28181/manscdp`: the bodies of GB/T 28181 (Annex A), their character sets, IDs and times. */
export * from './charset.ts'
export type { Root, Vocabulary } from './commands/index.ts'
export * from './ids.ts'
export * from './message.ts'
export type { Note, NoteCode } from './notes.ts'
export type { Decoded, Edition, Encodable } from './schema.ts'
export * from './time.ts'
export * from './xml.ts'
