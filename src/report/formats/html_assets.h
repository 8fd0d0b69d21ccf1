// The style and the script of the HTML report. Both are named by their digests in the page's
// Content-Security-Policy, so nothing else can run or style there.
#pragma once

#include <string_view>

namespace seawall::report {

inline constexpr std::string_view kHtmlStyle = R"css(
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#57606a;--line:#d0d7de;--box:#f6f8fa;
--fail:#b3141e;--unknown:#7d4e00;--manual:#0a53b0;--pass:#116329;--other:#57606a}
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9ea7b3;--line:#3d444d;
--box:#161b22;--fail:#ff8f88;--unknown:#e3b341;--manual:#79b8ff;--pass:#56d364;--other:#9ea7b3}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:1rem;background:var(--bg);color:var(--fg);
font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.3rem;margin:2rem 0 .5rem}
h3{font-size:1.05rem;margin:1.5rem 0 .5rem}p{margin:.4rem 0}
code{font:.92em/1.4 ui-monospace,monospace}a{color:var(--manual)}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--bg);padding:.5rem}
:focus-visible{outline:3px solid var(--manual);outline-offset:2px}
.wide{overflow-x:auto;overflow-wrap:normal}table{border-collapse:collapse;width:100%}
th[scope=row]{min-width:9rem;max-width:24rem;overflow-wrap:break-word}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}thead th{color:var(--dim);font-weight:600}
td svg{display:block;width:8rem;height:.8rem;margin-top:.35rem}
.picture{display:block}.picture text{font-size:11px;fill:currentcolor}.picture .name{font-size:12px;font-weight:600}
.picture a{color:inherit}.picture .box,.picture .chip,.picture path{fill:none;stroke:currentcolor}
.picture .box{stroke:var(--line)}.picture .serves .box{stroke-width:2}.picture a:hover .box,.picture a:focus .box{stroke:var(--manual)}
.picture .lane{stroke:var(--line)}.picture .line{stroke-width:2}.picture .fail .line{stroke-width:2.5}.picture .mark{stroke-width:2.5}
.picture .files{stroke-dasharray:5 4}.picture .hollow{fill:var(--bg);stroke:currentcolor;stroke-width:2}
.tiles{display:flex;flex-wrap:wrap;gap:.6rem;margin:1rem 0;padding:0;list-style:none}
.tiles li{border:1px solid var(--line);border-top:4px solid;border-radius:6px;padding:.4rem .9rem;min-width:6.5rem}
.tiles b{display:block;font-size:1.6rem;line-height:1.2}
.fail{color:var(--fail);fill:var(--fail)}.unknown{color:var(--unknown);fill:var(--unknown)}
.manual{color:var(--manual);fill:var(--manual)}.pass{color:var(--pass);fill:var(--pass)}
.waived,.attested,.not-applicable{color:var(--other);fill:var(--other)}
@media(min-width:60rem) and (min-height:40rem){#filter{position:sticky;top:0;z-index:1}
html{scroll-padding-top:9rem}}
.node{content-visibility:auto;contain-intrinsic-size:auto 60rem}
#filter{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;
background:var(--bg);border-bottom:1px solid var(--line);padding:.6rem 0}
#filter[hidden]{display:none}#filter fieldset{border:0;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.2rem .8rem}
input,select,button{font:inherit;color:inherit;background:var(--box);border:1px solid var(--line);border-radius:6px;padding:.2rem .5rem}
input[type=search]{flex:1 1 14rem}select{max-width:min(20rem,100%)}
details{border:1px solid var(--line);border-left:4px solid currentcolor;border-radius:6px;margin:.4rem 0}
summary{cursor:pointer;padding:.4rem .7rem}summary>*{color:var(--fg)}summary b{display:inline-block;min-width:7.2rem;color:inherit}
summary i{font-style:normal;color:var(--dim);display:inline-block;min-width:4.5rem}summary small{color:var(--dim)}
details>div{padding:.1rem .9rem .6rem;background:var(--box);color:var(--fg);border-radius:0 0 6px 6px}
details li{color:var(--dim)}details li code{color:var(--fg)}
.quiet{color:var(--pass)}.quiet>summary>b{min-width:0;margin-right:1rem}
.quiet>div{color:var(--fg);padding:.4rem .7rem;border-top:1px solid var(--line);background:none;border-radius:0;content-visibility:auto;contain-intrinsic-size:auto 5rem}
.quiet>div>b{display:inline-block;min-width:7.2rem}.quiet>.pass>b{color:var(--pass)}.quiet>.not-applicable>b,.quiet small{color:var(--other)}
.quiet i{font-style:normal;color:var(--dim);display:inline-block;min-width:4.5rem}
pre{font:.92em/1.4 ui-monospace,monospace;white-space:pre-wrap;margin:.2rem 0;color:var(--dim)}
.quiet>div>a{font:.92em/1.4 ui-monospace,monospace;color:inherit;text-decoration-color:var(--dim)}
ul{margin:.4rem 0;padding-left:1.2rem}.dim,.dim *{color:var(--dim)}.edit{border-left:3px solid var(--manual);padding-left:.7rem}
@media print{.picture{max-width:100%;height:auto}.node,.quiet>div{content-visibility:visible}body{max-width:none;font-size:11px}#filter,.skip{display:none}details:not(.quiet),.quiet>div{break-inside:avoid}a{color:inherit}}
)css";

inline constexpr std::string_view kHtmlScript = R"js(
(function(){"use strict";
var form=document.getElementById("filter"),list=function(s){return Array.from(document.querySelectorAll(s))},
all=list("[data-s]"),folds=list("details"),quiet=list(".quiet"),texts=null,said=document.getElementById("said"),one=function(id){return document.getElementById(id)};
form.hidden=false;
function apply(){
 var words=one("q").value.toLowerCase().split(/\s+/).filter(Boolean),severity=one("severity").value,
 row=one("row").value,node=one("node").value,shown=0,verdicts={};
 form.querySelectorAll("input[type=checkbox]").forEach(function(box){verdicts[box.value]=box.checked});
 if(words.length&&!texts)texts=all.map(function(d){
  return(d.textContent+" "+d.closest(".node").dataset.node).toLowerCase()});
 all.forEach(function(d,i){
  var part=d.closest("[data-row]"),fits=verdicts[d.className]&&(!severity||severity===d.dataset.s)
   &&(!row||part.dataset.row===row)&&(!node||d.closest(".node").dataset.node===node)
   &&words.every(function(w){return texts[i].indexOf(w)>=0});
  d.hidden=!fits;if(fits)shown++});
 document.querySelectorAll("[data-row]").forEach(function(s){
  s.hidden=!s.querySelector("[data-s]:not([hidden])")});
 quiet.forEach(function(q){
  q.open=!(q.hidden=!q.querySelector("[data-s]:not([hidden])"))});
 document.querySelectorAll(".node").forEach(function(s){
  s.hidden=!!node&&s.dataset.node!==node});
 said.textContent=shown+" of "+all.length+" findings";
}
var timer=0;
form.addEventListener("input",function(){clearTimeout(timer);timer=setTimeout(apply,120)});
form.addEventListener("submit",function(e){e.preventDefault();apply()});
form.addEventListener("reset",function(){setTimeout(apply,0)});
document.addEventListener("click",function(e){
 var link=e.target.closest("a[data-filter]");
 if(link){one(link.dataset.filter).value=link.dataset.value;apply()}});
one("open").addEventListener("click",function(){folds.forEach(function(d){if(!d.hidden)d.open=true})});
one("close").addEventListener("click",function(){folds.forEach(function(d){d.open=false})});
var before=null;
window.addEventListener("beforeprint",function(){before=folds.map(function(d){return d.open});
 folds.forEach(function(d){if(!d.hidden)d.open=true})});
window.addEventListener("afterprint",function(){if(before)folds.forEach(function(d,i){d.open=before[i]})});
apply();
})();
)js";

}  // namespace seawall::report
