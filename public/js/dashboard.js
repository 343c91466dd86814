import { setUpLinking } from './link.js';
import { followSyncs, setUpSyncAll } from './sync.js';

setUpLinking(() => void followSyncs());
setUpSyncAll();
