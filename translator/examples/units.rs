fn main() {
    let a: Vec<String> = std::env::args().collect();
    let bytes = std::fs::read(&a[1]).unwrap();
    let image = smallworld_image::Image::read(&bytes).unwrap();
    let profile = smallworld_profile::codec::read(a[2].as_ref()).unwrap();
    let t = smallworld_translator::translate_with(&image, &bytes, "x", Some(&profile)).unwrap();
    for f in &t.files {
        if f.0 == "units.rs" {
            println!("units.rs {}", f.1.len());
            std::fs::write("/tmp/p/units-new.rs", &f.1).unwrap();
        }
    }
    for (n, r) in &t.specialised {
        println!("{n}: {r:?}");
    }
}
