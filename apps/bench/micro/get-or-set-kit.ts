import { kitCache } from './kit-cache.js';
import { perSecond, redisUrl, report } from './report.js';

const cache = await kitCache(redisUrl);
const load = (): object => ({ id: 1, name: 'Teapot' });
report({ 'getOrSet.kit': await perSecond(() => cache.getOrSet('product:1', load)) });
