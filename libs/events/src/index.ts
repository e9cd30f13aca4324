export { isSubscribable, subscribableTypes, type EventType, type SubscribableType } from './event-type.js';
export { Event, type EventPayload } from './event.entity.js';
export { Events, type EventAbout } from './events.store.js';
export { isWanted, recording } from './recording.js';
export { EventsModule } from './events.module.js';
