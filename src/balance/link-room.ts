/** Keeps a target's `room` and `free` in step with what its links can take. */
import type { UpstreamLink } from "../contract/target.ts";

/** The link is new, or has another `capacity` or `active`. */
export function countLink(link: UpstreamLink): void {
  const room = link.capacity > link.active ? link.capacity - link.active : 0;
  const before = link.room;
  if (room === before) return;
  const { target } = link;
  link.room = room;
  target.room += room - before;
  if (before === 0) target.free.push(link);
  else if (room === 0) removeLink(target.free, link);
}

/** It is no connection any more. */
export function discountLink(link: UpstreamLink): void {
  const { target } = link;
  target.links.delete(link);
  if (link.room === 0) return;
  target.room -= link.room;
  link.room = 0;
  removeLink(target.free, link);
}

function removeLink(links: UpstreamLink[], link: UpstreamLink): void {
  // The one that is taken is nearly always the last.
  if (links[links.length - 1] === link) links.pop();
  else links.splice(links.indexOf(link), 1);
}
