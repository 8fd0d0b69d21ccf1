#include "report/page.h"

#include <fmt/format.h>

#include "report/markup.h"

namespace seawall::report {
namespace {

constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#57606a;--line:#d0d7de;--box:#f6f8fa;
--bad:#b3141e;--odd:#7d4e00;--good:#116329;--link:#0a53b0}
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9ea7b3;--line:#3d444d;
--box:#161b22;--bad:#ff8f88;--odd:#e3b341;--good:#56d364;--link:#79b8ff}}
*{box-sizing:border-box}[hidden]{display:none!important}
body{margin:0 auto;max-width:80rem;padding:1rem;background:var(--bg);color:var(--fg);
font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.3rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1rem 0 .3rem}
p{margin:.4rem 0}ol,ul{margin:.3rem 0;padding-left:1.5rem}a{color:var(--link)}
code{font:.92em/1.4 ui-monospace,monospace}.dim,small{color:var(--dim)}.unknown{color:var(--odd);font-weight:600}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--bg);padding:.5rem}
.tiles{display:flex;flex-wrap:wrap;gap:.6rem;margin:1rem 0;padding:0;list-style:none}
.tiles li{border:1px solid var(--line);border-top:4px solid var(--bad);border-radius:6px;padding:.4rem .9rem;min-width:8rem}
.tiles li.odd{border-top-color:var(--odd)}.tiles li.good{border-top-color:var(--good)}.tiles li.none{border-top-color:var(--line)}
.tiles b{display:block;font-size:1.6rem;line-height:1.2}
.wide{overflow-x:auto}
#filter{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;background:var(--bg);border-bottom:1px solid var(--line);padding:.6rem 0}
@media(min-width:50rem) and (min-height:30rem){#filter{position:sticky;top:0;z-index:1}html{scroll-padding-top:6rem}}
input,select,button{font:inherit;color:inherit;background:var(--box);border:1px solid var(--line);border-radius:6px;padding:.2rem .5rem}
input[type=search]{flex:1 1 16rem}select{max-width:100%}
details{border:1px solid var(--line);border-radius:6px;margin:.35rem 0;content-visibility:auto;contain-intrinsic-size:auto 2.6rem}
details:target{border-color:var(--link)}
summary{cursor:pointer;padding:.35rem .7rem}summary b{font-weight:600;display:inline-block;min-width:8.5rem;color:var(--dim)}
details>div{padding:.1rem .9rem .7rem;background:var(--box);border-radius:0 0 6px 6px}
@media print{details{content-visibility:visible;break-inside:avoid}#filter,.skip{display:none}body{max-width:none;font-size:11px}}
)css";

}  // namespace

std::string PageBegin(const Page& page) {
  const std::string style = std::string(kStyle) + std::string(page.style);
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>seawall: {}</title>\n"
      "<style>{}</style></head>\n<body>\n<a class=\"skip\" href=\"#{}\">{}</a>\n<main>\n",
      DigestForPolicy(style), DigestForPolicy(page.script), page.title, style, page.skip_to,
      page.skip_words);
}

std::string PageEnd(const Page& page) {
  return fmt::format("</main>\n<script>{}</script>\n</body></html>\n", page.script);
}

std::string Tile(size_t count, std::string_view words, std::string_view css) {
  return fmt::format("<li class=\"{}\"><b>{}</b>{}</li>", count == 0 ? "none" : css, count,
                     Markup(words));
}

}  // namespace seawall::report
