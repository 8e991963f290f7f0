/** Media types by file extension. Text is UTF-8: what is written today is, and a browser that must guess guesses worse. */
import { mimes } from "mrmime";

/** What `mrmime` does not know, or where another type serves a browser better. */
const OWN: Readonly<Record<string, string>> = {
  "7z": "application/x-7z-compressed",
  apk: "application/vnd.android.package-archive",
  br: "application/octet-stream",
  bz2: "application/x-bzip2",
  // A script to a browser, whatever Node.js calls it.
  cjs: "text/javascript",
  deb: "application/vnd.debian.binary-package",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  eot: "application/vnd.ms-fontobject",
  flac: "audio/flac",
  ico: "image/vnd.microsoft.icon",
  m3u8: "application/vnd.apple.mpegurl",
  m4v: "video/mp4",
  mkv: "video/matroska",
  mml: "application/mathml+xml",
  odt: "application/vnd.oasis.opendocument.text",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  rpm: "application/x-rpm",
  // It says its own encoding, which a charset would override.
  rtf: "application/rtf",
  tar: "application/x-tar",
  tgz: "application/gzip",
  vcf: "text/vcard",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  // RFC 7303 §3, as of MathML above: its encoding stands in the document, which a charset would override.
  xml: "application/xml",
  xz: "application/x-xz",
  // RFC 9512
  yaml: "application/yaml",
  yml: "application/yaml",
  zst: "application/zstd",
};

/** Types outside of `text/` that are text without a word of its encoding. */
const TEXT: ReadonlySet<string> = new Set(["application/yaml"]);

/** Types that are compressed already: nobody keeps `photo.jpg.br`, so nothing is looked for. */
const COMPRESSED = /^(?:image|audio|video)\/|^font\/woff|\+zip$/;
const COMPRESSED_EXTENSIONS: ReadonlySet<string> = new Set(
  "7z apk br bz2 deb docx gz jar odt pptx rpm tgz xlsx xz zip zst".split(" "),
);
/** Pictures and sounds that are not. */
const PLAIN: ReadonlySet<string> = new Set([
  "audio/wav",
  "image/bmp",
  "image/svg+xml",
  "image/tiff",
  "image/vnd.microsoft.icon",
]);

export interface FileType {
  /** Value of Content-Type. */
  readonly type: string;
  /** A compressed sibling may be worth looking for. */
  readonly compressible: boolean;
}

/** RFC 9110 §8.3: the type of unknown data. */
const UNKNOWN: FileType = { type: "application/octet-stream", compressible: true };

/** A map, since names like "constructor" are extensions too. */
const TYPES: ReadonlyMap<string, FileType> = new Map(
  Object.entries({ ...mimes, ...OWN }).map(([extension, type]) => [extension, describe(extension, type)]),
);

function describe(extension: string, type: string): FileType {
  const compressed = COMPRESSED_EXTENSIONS.has(extension) || (COMPRESSED.test(type) && !PLAIN.has(type));
  const text = type.startsWith("text/") || TEXT.has(type);
  return { type: text ? `${type}; charset=utf-8` : type, compressible: !compressed };
}

/** The type of a file by the last extension of its name, in any case. */
export function fileType(name: string): FileType {
  return knownType(name) ?? UNKNOWN;
}

/** The same, null for a name without an extension that means something. */
export function knownType(name: string): FileType | null {
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? null : (TYPES.get(name.slice(dot + 1).toLowerCase()) ?? null);
}
