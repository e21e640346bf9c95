//! scratch
use smallworld_image::Image; use smallworld_runtime::*;
fn main(){ let mut a=std::env::args().skip(1); let img=Image::read_file(a.next().unwrap().as_ref()).unwrap();
 let mut o=Options::default(); if let Ok(s)=std::env::var("STRESS"){o.gc_stress=s.parse().unwrap();}
 o.stack_words=1<<20;
 let (mut ok,mut bad)=(0,0);
 for f in a { let e=std::fs::read(&f).unwrap(); let x=std::fs::read(f.replace(".expr",".expect")).unwrap(); let seq=f.contains("sequence-");
  let new=||Vm::new(&native::NO_NATIVE,&img,false,o.clone(),Box::new(ui::Headless::silent()));
  let mut vm=new();
  for (e,x) in e.split(|b|*b==b'\n').zip(x.split(|b|*b==b'\n')) { if lines::is_heading(e){continue;} if !seq {vm=new();}
   let r=lines::result_line(&vm.evaluate(e).unwrap()); let x=String::from_utf8_lossy(x);
   if r==x {ok+=1} else {bad+=1; println!("{f}\n  {}\n  want {x}\n  got  {r}",String::from_utf8_lossy(e));} } }
 println!("{ok} ok {bad} bad"); }
