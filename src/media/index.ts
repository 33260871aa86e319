/** Receiving media: the port that sessions use (`types.ts`), and the embedded receiver behind it. */
export { createEmbeddedMedia, type EmbeddedMediaOptions } from './embedded.ts'
export { createDgramNetwork, type MediaNetwork, type MediaSocket } from './network.ts'
export type { PortRange } from './ports.ts'
export * from './types.ts'
