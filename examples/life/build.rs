//! Translates the class library and the classes of this example.

fn main() {
    smallworld_translator::script::Script::kernel()
        .sources("classes")
        .interpreted_in_development()
        .run();
}
