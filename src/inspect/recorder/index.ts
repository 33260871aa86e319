/**
 * The flight recorder: what it keeps, how, and who reads it.
 *
 * | file | is |
 * | --- | --- |
 * | `record.ts` | the vocabulary: what bundles carry and the live stream sends |
 * | `recorder.ts` | hears the engine and the actors, and is read |
 * | `arena.ts` | the memory: bounded chunks, oldest out first |
 * | `notes.ts` | what was told and is not in bytes yet |
 * | `codec.ts`, `bytes.ts`, `values.ts`, `names.ts` | records as bytes |
 * | `reading.ts`, `redact.ts` | records as those who read them see them |
 */
export type * from './record.ts'
export { Recorder, type RecorderLimits, recorderLimits } from './recorder.ts'
export { seenIn } from './seen.ts'
