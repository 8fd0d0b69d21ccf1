// The style and the script of `seawall rbac graph -o html`, named by their digests in the page's
// Content-Security-Policy. Everything can be read without the script, which filters and draws.
#pragma once

#include <string_view>

namespace seawall::app {

inline constexpr std::string_view kGraphStyle = R"css(
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#57606a;--line:#d0d7de;--box:#f6f8fa;
--bad:#b3141e;--odd:#7d4e00;--link:#0a53b0}
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9ea7b3;--line:#3d444d;
--box:#161b22;--bad:#ff8f88;--odd:#e3b341;--link:#79b8ff}}
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
.tiles li.none{border-top-color:var(--line)}.tiles b{display:block;font-size:1.6rem;line-height:1.2}
.wide{overflow-x:auto}svg text{font-size:12px;fill:currentcolor}svg .box{fill:var(--box);stroke:var(--line)}
svg .end{stroke:var(--bad);stroke-width:2}svg .edge{fill:none;stroke:var(--bad);stroke-opacity:.65}svg .by{font-size:10px;fill:var(--dim)}
#filter{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;background:var(--bg);border-bottom:1px solid var(--line);padding:.6rem 0}
@media(min-width:50rem) and (min-height:30rem){#filter{position:sticky;top:0;z-index:1}html{scroll-padding-top:6rem}}
input,select,button{font:inherit;color:inherit;background:var(--box);border:1px solid var(--line);border-radius:6px;padding:.2rem .5rem}
input[type=search]{flex:1 1 16rem}select{max-width:100%}
details{border:1px solid var(--line);border-radius:6px;margin:.35rem 0;content-visibility:auto;contain-intrinsic-size:auto 2.6rem}
details.reaches{border-left:4px solid var(--bad)}details:target{border-color:var(--link)}
summary{cursor:pointer;padding:.35rem .7rem}summary b{font-weight:600;display:inline-block;min-width:8.5rem;color:var(--dim)}
details>div{padding:.1rem .9rem .7rem;background:var(--box);border-radius:0 0 6px 6px}
.sink{display:inline-block;border:1px solid var(--bad);color:var(--bad);border-radius:1rem;padding:0 .6rem;font-size:.85rem;margin:.1rem .15rem}
@media print{details{content-visibility:visible;break-inside:avoid}#filter,.skip{display:none}body{max-width:none;font-size:11px}}
)css";

inline constexpr std::string_view kGraphScript = R"js(
(function(){"use strict";
var one=function(id){return document.getElementById(id)},form=one("filter"),said=one("said"),
subjects=Array.from(document.querySelectorAll("details.s")),roles=Array.from(document.querySelectorAll("details.r")),
all=subjects.concat(roles),texts=null;
form.hidden=false;
function apply(){
 var words=one("q").value.toLowerCase().split(/\s+/).filter(Boolean),sink=one("sink").value,kind=one("kind").value,
 pods=one("pods")&&one("pods").checked,shown=[0,0];
 if(words.length&&!texts)texts=all.map(function(d){return d.textContent.toLowerCase()});
 all.forEach(function(d,i){
  var subject=i<subjects.length,fits=words.every(function(w){return texts[i].indexOf(w)>=0});
  if(fits&&subject)fits=(!kind||d.dataset.kind===kind)&&(!pods||d.dataset.pods==="1")&&
   (!sink||(sink==="any"?d.dataset.sinks!=="":(" "+d.dataset.sinks+" ").indexOf(" "+sink+" ")>=0));
  d.hidden=!fits;if(fits)shown[subject?0:1]++});
 said.textContent=shown[0]+" of "+subjects.length+" subjects, "+shown[1]+" of "+roles.length+" roles";
}
var timer=0,space="http://www.w3.org/2000/svg";
form.addEventListener("input",function(){clearTimeout(timer);timer=setTimeout(apply,150)});
form.addEventListener("submit",function(e){e.preventDefault();apply()});
form.addEventListener("reset",function(){setTimeout(apply,0)});
document.addEventListener("keydown",function(e){
 if(e.key==="/"&&!/^(INPUT|SELECT)$/.test(document.activeElement.tagName)){e.preventDefault();one("q").focus()}});
function goTo(){
 var d=/^#[sr]\d+$/.test(location.hash)&&one(location.hash.slice(1));
 if(!d)return;
 d.hidden=false;d.open=true;d.scrollIntoView()}
window.addEventListener("hashchange",goTo);
function make(parent,name,values,text){
 var node=document.createElementNS(space,name);
 Object.keys(values).forEach(function(k){node.setAttribute(k,values[k])});
 if(text!==undefined)node.textContent=text;
 parent.appendChild(node);return node}
function cut(text,most){return text.length>most?text.slice(0,most-1)+"\u2026":text}
function box(svg,x,y,text,end){
 var g=make(svg,"g",{});make(g,"title",{},text);
 make(g,"rect",{x:x,y:y,width:210,height:30,rx:6,"class":end?"box end":"box"});
 make(g,"text",{x:x+8,y:y+20},cut(text,30))}
function draw(d){
 var ways=Array.from(d.querySelectorAll("ol.way"));
 if(!ways.length||d.querySelector("svg"))return;
 var most=1,holder=document.createElement("div"),svg;
 ways.forEach(function(w){most=Math.max(most,w.children.length)});
 var width=most*330+230,height=ways.length*58+10;
 holder.className="wide";
 svg=make(holder,"svg",{width:width,height:height,viewBox:"0 0 "+width+" "+height,role:"img"});
 make(svg,"title",{},"the ways, as the list below has them");
 ways.forEach(function(w,row){
  var y=row*58+16,x=0,steps=Array.from(w.children);
  box(svg,x,y,steps[0].querySelector(".f").textContent,false);
  steps.forEach(function(step,i){
   var by=step.querySelector(".b");
   make(svg,"path",{d:"M"+(x+210)+" "+(y+15)+"h112m-7 -5l7 5l-7 5","class":"edge"});
   if(by){var t=make(svg,"text",{x:x+216,y:y+8,"class":"by"},cut(by.textContent.replace(/^(Cluster)?RoleBinding /,""),20));make(t,"title",{},by.textContent)}
   x+=330;
   box(svg,x,y,step.querySelector(".t").textContent,i===steps.length-1)})});
 d.querySelector("div").insertBefore(holder,d.querySelector("div").firstChild)}
document.addEventListener("toggle",function(e){
 if(e.target.matches&&e.target.matches("details.s[open]"))draw(e.target)},true);
one("close").addEventListener("click",function(){all.forEach(function(d){d.open=false})});
apply();goTo();
})();
)js";

}  // namespace seawall::app
