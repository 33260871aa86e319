/** The test stream of a simulated device: H.264 in a program stream over RTP. */
export { type AccessUnit, type ClipStream, createClipStream, splitAccessUnits } from './clip.ts'
export { packFrame } from './ps.ts'
export { type StreamHandle, type StreamOptions, type StreamStatistics, startStream } from './rtp-sender.ts'
