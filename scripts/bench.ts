/** `npm run bench`: measures on this machine, and prints what came of it. */
import '../bench/bench.ts'
