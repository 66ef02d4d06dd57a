// Days and hours, in the time zone of whoever reads.

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

// Midnight of a day, or of the Monday of its week.
export function begin(moment, week = false) {
  const day = new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
  return week ? later(day, -((day.getDay() + 6) % 7)) : day;
}

export function later(day, days) {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days);
}

export function monthOf(day) {
  return new Date(day.getFullYear(), day.getMonth(), 1);
}

export function title(view, here, first, count) {
  const words = { day: "numeric", month: "long" };
  if (view === "day") return here.toLocaleDateString([], { weekday: "long", ...words, year: "numeric" });
  if (view === "month") return here.toLocaleDateString([], { month: "long", year: "numeric" });
  return `${first.toLocaleDateString([], words)} \u2013 ${later(first, count - 1).toLocaleDateString([], { ...words, year: "numeric" })}`;
}

export function hour(moment) {
  return new Date(moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

// Whether an entry stands on a day; one without length where it begins.
export function on(entry, day) {
  const start = new Date(entry.start), end = new Date(entry.end);
  return start < later(day, 1) && (end > day || (+start === +end && start >= day));
}

// From when to when, in words.
export function lasts({ start, end, allDay }) {
  const from = new Date(start), to = new Date(end);
  const words = { weekday: "long", day: "numeric", month: "long", year: "numeric" };
  const last = allDay ? later(to, -1) : to;
  const day = from.toLocaleDateString([], words);
  const same = from.toDateString() === last.toDateString();
  if (allDay) return same ? `${day}, all day` : `${day} \u2013 ${last.toLocaleDateString([], words)}`;
  return same ? `${day}, ${hour(from)} \u2013 ${hour(to)}` : `${day}, ${hour(from)} \u2013 ${to.toLocaleDateString([], words)}, ${hour(to)}`;
}

// A moment as fields for dates and times have it.
export function local(moment) {
  return new Date(moment - moment.getTimezoneOffset() * 60e3).toISOString().slice(0, 16);
}
