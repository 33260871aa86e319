/** Tests that start the command in parallel find the page built. */
export { ensureBuilt as setup } from '../../src/console/build/ensure-built.ts'
