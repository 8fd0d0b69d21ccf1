// What the page of `seawall rbac review -o html` has beyond the style of all pages, and its script,
// which filters.
#pragma once

#include <string_view>

namespace seawall::app {

inline constexpr std::string_view kReviewStyle = R"css(
table{border-collapse:collapse;width:100%}td{white-space:nowrap}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
thead th{color:var(--dim)}.bar{width:100%;min-width:14rem;height:.9rem}.bar .has{fill:var(--good)}.bar .gap{fill:var(--bad)}.bar .all{fill:var(--line)}
details.less{border-left:4px solid var(--bad)}details.open{border-left:4px solid var(--odd)}details.p summary b{min-width:0}
.mark{display:inline-block;border:1px solid;border-radius:1rem;padding:0 .6rem;font-size:.85rem;margin:.1rem .15rem}
.unused,.wide-right{color:var(--bad)}.unknown-right{color:var(--odd)}.used{color:var(--good)}
ul.rights{list-style:none;padding-left:.5rem}ul.rights b{display:inline-block;min-width:5rem}
pre{overflow-x:auto;margin:.3rem 0;font:.85em/1.4 ui-monospace,monospace;white-space:pre}
pre ins{color:var(--good);text-decoration:none}pre del{color:var(--bad);text-decoration:none}
ol.line{list-style:none;padding:0}ol.line time{font-variant-numeric:tabular-nums;color:var(--dim);margin-right:1rem}
)css";

inline constexpr std::string_view kReviewScript = R"js(
(function(){"use strict";
var one=function(id){return document.getElementById(id)},form=one("filter"),said=one("said"),
subjects=Array.from(document.querySelectorAll("details.s")),points=Array.from(document.querySelectorAll("ol.line li")),
all=subjects.concat(points),texts=null,timer=0;
form.hidden=false;
function apply(){
 var words=one("q").value.toLowerCase().split(/\s+/).filter(Boolean),state=one("state").value,
 never=one("never").checked,shown=[0,0];
 if(words.length&&!texts)texts=all.map(function(d){return d.textContent.toLowerCase()});
 all.forEach(function(d,i){
  var subject=i<subjects.length,fits=words.every(function(w){return texts[i].indexOf(w)>=0});
  if(fits&&subject)fits=(!never||d.dataset.came==="0")&&(!state||(" "+d.dataset.states+" ").indexOf(" "+state+" ")>=0);
  d.hidden=!fits;if(fits)shown[subject?0:1]++});
 said.textContent=shown[0]+" of "+subjects.length+" subjects, "+shown[1]+" of "+points.length+" events";
}
form.addEventListener("input",function(){clearTimeout(timer);timer=setTimeout(apply,150)});
form.addEventListener("submit",function(e){e.preventDefault();apply()});
form.addEventListener("reset",function(){setTimeout(apply,0)});
document.addEventListener("keydown",function(e){
 if(e.key==="/"&&!/^(INPUT|SELECT)$/.test(document.activeElement.tagName)){e.preventDefault();one("q").focus()}});
one("close").addEventListener("click",function(){subjects.forEach(function(d){d.open=false})});
apply();
})();
)js";

}  // namespace seawall::app
