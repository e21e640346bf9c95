//! The table of primitives.
//!
//! A row says, from left to right: the variant of [`Primitive`], the number, the arguments, a short
//! name, what it does; the machines that have it, what else may happen, and which short forms there
//! are. To add a primitive is to add a row to its group; the machine then does not compile until it
//! does it, and a test says what else is missing.

use super::define::{last, primitives};
use super::row::{Forms, Machine, Machines, Row};
use crate::effects::Effects;

const ALL: Machines = Machines::ALL;
const SCRIPT: Machines = Machines::of(Machine::JavaScript);
const PAGE: Machines = Machines::of(Machine::WebPage);
/// The two machines in Java, which have semaphores.
const JAVA: Machines = Machines::of(Machine::SmallWorld2015).and(Machines::of(Machine::Budd2004));
/// The machines that have windows.
const WINDOWS: Machines = JAVA.and(SCRIPT);

const NONE: Forms = Forms::NONE;
const QUICK: Forms = Forms::QUICK;
const SPECIAL: Forms = Forms::SPECIAL;
/// In place in all native code.
const OPEN: Forms = Forms::OPEN.and(SPECIAL);
/// In all forms.
const EVERY: Forms = QUICK.and(OPEN);

const PURE: Effects = Effects::PURE;
const READS: Effects = Effects::READS;
const WRITES: Effects = Effects::WRITES;
const FAILS: Effects = Effects::FAILS;
/// It reads, and may fail.
const ASKS: Effects = READS.and(FAILS);
/// It changes something, and may fail.
const CHANGES: Effects = WRITES.and(ASKS);
/// It makes an object, and may fail.
const MAKES: Effects = Effects::ALLOCATES.and(ASKS);
/// It makes an object and changes something else.
const OPENS: Effects = MAKES.and(WRITES);
const ENDS: Effects = Effects::ENDS;
/// Other code runs in between.
const ANY: Effects = Effects::ANY;

primitives! {
    /// Objects: identity, slots, bytes, integers, creation.
    Objects {
        SameObject = 1, "a b", "same object", "are both the same object?", ALL, PURE, EVERY;
        ClassOf = 2, "o", "class of", "its class", ALL, READS, EVERY;
        SizeOf = 4, "o", "size", "its size in bytes or slots; 0 for a SmallInt", ALL, READS, EVERY;
        SlotAtPut = 5, "value o i", "store slot",
            "stores into slot i, counted from 1; answers o", ALL, CHANGES, EVERY;
        RunContext = 6, "context", "run context",
            "runs the context's method, answers its value", ALL, ANY, NONE;
        NewObject = 7, "class n", "new object", "a new object with n slots", ALL, MAKES, SPECIAL;
        Sum = 10, "a b", "+", "the sum of SmallInts; nil on overflow", ALL, FAILS, EVERY;
        Quotient = 11, "a b", "quotient", "the quotient, cut towards zero", ALL, FAILS, EVERY;
        Remainder = 12, "a b", "remainder", "the remainder of that", ALL, FAILS, EVERY;
        Less = 13, "a b", "<", "is a less?", ALL, FAILS, EVERY;
        Equal = 14, "a b", "=", "are they equal?", ALL, FAILS, EVERY;
        Product = 15, "a b", "*", "the product; nil on overflow", ALL, FAILS, EVERY;
        Difference = 16, "a b", "-", "the difference; nil on overflow", ALL, FAILS, EVERY;
        DigitsOf = 17, "class n", "digits of",
            "the decimal digits of n, as an object of bytes", ALL, MAKES, NONE;
        NewBytes = 20, "class n", "new bytes", "a new object of n bytes", ALL, MAKES, SPECIAL;
        ByteAt = 21, "o i", "byte at", "byte i", ALL, ASKS, EVERY;
        ByteAtPut = 22, "value o i", "store byte",
            "stores byte i; answers o", ALL, CHANGES, QUICK.and(SPECIAL);
        CopyBytes = 23, "o class", "copy bytes",
            "a copy of the bytes, in a class", ALL, MAKES, NONE;
        JoinBytes = 24, "b a", "join bytes", "the bytes of a, then those of b", ALL, MAKES, SPECIAL;
        CompareBytes = 26, "a b", "compare bytes", "compares bytes: −1, 0 or 1", ALL, ASKS, SPECIAL;
        SlotAt = 30, "o i", "slot at", "slot i", ALL, ASKS, EVERY;
        CopyGrown = 31, "value o", "copy grown", "a copy with one slot more", ALL, MAKES, NONE;
        Grow = 32, "value o", "grow", "grows o by one slot", ALL, OPENS, NONE;
        NewArray = 36, "elements…", "new array", "a new Array", ALL, MAKES, OPEN;
        FindBytes = 135, "part bytes start", "find bytes",
            "the first position from start on where the part stands in the bytes, 0 if none",
            ALL, ASKS, NONE;
        CopyElements = 136, "source from target start stop", "copy elements",
            "puts the slots or bytes of source, beginning with that number, into those of target; answers target",
            ALL, CHANGES, NONE;
        HashBytes = 137, "bytes", "hash bytes",
            "a number from 0 to 1073741823, the same for equal bytes", ALL, ASKS, NONE;
        IdentityHash = 140, "o", "identity hash",
            "a number from 0 to 1073741823 that an object keeps as long as the machine runs", ALL, CHANGES, NONE;
        Exchange = 151, "array array strict", "exchange",
            "each element of the first becomes that of the second, and the other way round, for whoever refers to it; not if strict is true and a method runs with one; answers the first",
            ALL, OPENS, NONE;
        InstancesOf = 152, "class", "instances of", "an Array of all instances of exactly that class", ALL, MAKES, NONE;
        Run = 141, "", "run", "the same number as long as the machine runs, another one in its next run",
            ALL, READS, NONE;
    }

    /// Floats.
    Floats {
        FloatOfInteger = 50, "class n", "float of integer",
            "the Float of a SmallInt", ALL, MAKES, SPECIAL;
        FloatSum = 51, "class x y", "float +", "y + x", ALL, MAKES, SPECIAL;
        FloatDifference = 52, "class x y", "float -", "y − x", ALL, MAKES, SPECIAL;
        FloatProduct = 53, "class x y", "float *", "y · x", ALL, MAKES, SPECIAL;
        FloatQuotient = 54, "class x y", "float /", "y ÷ x", ALL, MAKES, SPECIAL;
        FloatLess = 55, "x y", "float <", "y < x", ALL, ASKS, SPECIAL;
        FloatEqual = 56, "x y", "float =", "y = x", ALL, ASKS, SPECIAL;
        Truncate = 57, "x", "truncate float", "a Float cut to a SmallInt", ALL, ASKS, SPECIAL;
        RandomFloat = 58, "class", "random float", "a random Float from 0 to 1", ALL, OPENS, NONE;
        PrintFloat = 59, "class x", "print float", "a Float as text", ALL, MAKES, NONE;
        SquareRoot = 120, "class x", "square root",
            "the square root of a Float; only this machine has it", ALL, MAKES, SPECIAL;
    }

    /// Whole numbers of any size, and what Floats have to do with them.
    ///
    /// `positive` and `negative` are the classes of those that are no SmallInts: objects of bytes, those
    /// of the absolute value, the lowest first.
    Numbers {
        CalculateIntegers = 125, "positive negative operation a b", "calculate integers",
            "1 a + b, 2 a − b, 3 a · b, 4 the quotient cut towards zero, 5 the remainder of that, 6 the quotient rounded down, 7 the remainder of that, 8 and, 9 or, 10 exclusive or, 11 a shifted by b, 12 the greatest common divisor, 13 a to the b, 14 the b-th root of a, rounded down",
            ALL, MAKES, NONE;
        CompareNumbers = 126, "positive negative a b", "compare numbers",
            "compares whole numbers and Floats exactly: −1, 0 or 1; nil if one is no number", ALL, ASKS, NONE;
        IntegerText = 127, "class positive negative n base", "integer text",
            "the digits of n in a base from 2 to 36", ALL, MAKES, NONE;
        IntegerOfText = 128, "positive negative text base", "integer of text",
            "the whole number that such digits say, nil if they are none", ALL, MAKES, NONE;
        FloatOfRatio = 129, "class positive negative a b", "float of ratio",
            "the Float nearest to a ÷ b, for b above 0", ALL, MAKES, NONE;
        IntegerOfFloat = 130, "positive negative x", "integer of float",
            "a Float cut to a whole number, nil if it has none", ALL, MAKES, NONE;
        FloatFunction = 131, "class function x y", "float function",
            "1 sin x, 2 cos, 3 tan, 4 arc sin, 5 arc cos, 6 arc tan, 7 exp, 8 ln, 9 log10, 10 log2, 11 floor, 12 sinh, 13 cosh, 14 tanh, 15 cube root; 20 the angle of x to the right and y up, 21 x to the y, 22 x · 2 to the y, 23 the remainder of x ÷ y",
            ALL, MAKES, NONE;
        FloatFact = 132, "fact x", "float fact",
            "1 the exponent of x as a whole number times a power of two, 2 its kind: 0 finite, 1 infinite, 2 none, 3 its sign: 1 or −1, 4 a hash",
            ALL, ASKS, NONE;
        FloatOfText = 133, "class text", "float of text",
            "the Float that digits with a point or an exponent say, nil if they are none", ALL, MAKES, NONE;
        RandomBits = 134, "state", "random bits",
            "31 random bits; the state is 8 bytes, which go on", ALL, CHANGES, NONE;
    }

    /// Windows, panes and pictures.
    Windows {
        NewWindow = 60, "class", "window", "a new window", WINDOWS, OPENS, NONE;
        ShowWindow = 61, "window b", "window",
            "shows the window if b is true, else hides it", WINDOWS, CHANGES, NONE;
        SetContent = 62, "window pane", "window",
            "puts the pane, or nil, into the window", WINDOWS, CHANGES, NONE;
        SetSize = 63, "window h w", "window", "sets its size", WINDOWS, CHANGES, NONE;
        AddMenu = 64, "window menu", "window",
            "adds the menu to its menu bar", WINDOWS, CHANGES, NONE;
        SetTitle = 65, "window text", "window", "sets its title", WINDOWS, CHANGES, NONE;
        RepaintWindow = 66, "window", "window", "draws it again", WINDOWS, CHANGES, NONE;
        NewField = 69, "class", "pane", "a line of text to edit", WINDOWS, OPENS, NONE;
        NewLabel = 70, "class text", "pane", "a label", WINDOWS, OPENS, NONE;
        NewButton = 71, "class text block", "pane",
            "a button, and what it does", WINDOWS, OPENS, NONE;
        NewTextLine = 72, "class", "pane", "a line of text to edit", WINDOWS, OPENS, NONE;
        NewTextArea = 73, "class", "pane", "lines of text to edit", WINDOWS, OPENS, NONE;
        NewGrid = 74, "class columns rows panes", "pane", "panes in a grid", WINDOWS, OPENS, NONE;
        NewList = 75, "class strings block", "pane",
            "a list, and what a choice does", WINDOWS, OPENS, NONE;
        NewBorder = 76, "class north south east west centre", "pane",
            "panes around another; nil for none", WINDOWS, OPENS, NONE;
        SetPicture = 77, "label picture", "pane",
            "shows the picture on the label", WINDOWS, CHANGES, NONE;
        RepaintPane = 79, "pane", "window", "draws it again", WINDOWS, CHANGES, NONE;
        TextOf = 80, "class pane", "pane", "its text", WINDOWS, MAKES, NONE;
        SelectedText = 81, "class pane", "pane",
            "the selected part of its text", WINDOWS, MAKES, NONE;
        SetText = 82, "pane text", "pane", "sets its text", WINDOWS, CHANGES, NONE;
        SelectedIndex = 83, "pane", "pane",
            "which item of a list is selected, 0 for none; the value of a slider", WINDOWS, ASKS, NONE;
        SetItems = 84, "list strings", "pane", "sets its items", WINDOWS, CHANGES, NONE;
        NewSlider = 85, "class vertical low high block", "pane",
            "a slider, and what moving it does; nil for nothing", WINDOWS, OPENS, NONE;
        OnMouseDown = 86, "pane block", "pane",
            "what a mouse button does when pressed", WINDOWS, CHANGES, NONE;
        OnMouseUp = 87, "pane block", "pane", "what it does when released", WINDOWS, CHANGES, NONE;
        OnMouseMove = 88, "pane block", "pane",
            "what moving the mouse does", WINDOWS, CHANGES, NONE;
        ReplaceSelection = 89, "pane text", "pane",
            "puts the text in place of what is selected", WINDOWS, CHANGES, NONE;
        NewMenu = 90, "class text", "menu", "a menu with that title", WINDOWS, OPENS, NONE;
        AddItem = 91, "menu text block", "menu",
            "adds an item, and what it does", WINDOWS, CHANGES, NONE;
        NewPicture = 110, "class w h", "picture", "a white picture", ALL, OPENS, NONE;
        PictureFromFile = 111, "class name", "picture", "a picture from a file", ALL, OPENS, NONE;
        DrawPicture = 113, "p y x q", "picture", "draws q on p", ALL, CHANGES, NONE;
        DrawText = 114, "p color y x text", "picture", "draws a text", ALL, CHANGES, NONE;
        DrawShape = 115, "p color y x h w code", "picture",
            "draws: 1 an oval, 2 a filled one, 3 a rectangle, 4 a filled one, 5 a line from y, x to h, w",
            ALL, CHANGES, NONE;
        AppendText = 149, "pane text", "pane", "puts the text behind its text", WINDOWS, CHANGES, NONE;
        OnClose = 118, "window block", "when window closes",
            "what closing it does", ALL, CHANGES, NONE;
    }

    /// The machine and its surroundings: processes, files, clock, saving.
    System {
        RunBlock = 8, "arguments… block", "run block",
            "runs the block in place of the running method", ALL, ANY.and(ENDS), NONE;
        ReadCharacter = 9, "", "read character",
            "a byte of standard input, nil at its end", ALL, WRITES, NONE;
        DebugPrint = 18, "o", "debug print", "describes o on standard error", ALL, CHANGES, NONE;
        Perform = 138, "receiver arguments… selector", "perform",
            "sends the selector to the receiver, in place of the primitive", ALL, ANY, NONE;
        PerformWith = 139, "receiver array selector", "perform with",
            "the same; the arguments are in the Array", ALL, ANY, NONE;
        Fork = 19, "block", "fork", "runs it as a process", ALL, ANY, NONE;
        SaveImage = 29, "name", "save image", "saves the image to that file", ALL, OPENS, NONE;
        Sleep = 33, "n", "sleep", "sleeps n milliseconds", ALL, ANY, NONE;
        EndProcess = 34, "", "end process", "ends the process", ALL, WRITES.and(ENDS), NONE;
        CurrentContext = 35, "", "current context",
            "the current context", ALL, MAKES.and(ENDS), NONE;
        OpenForWriting = 41, "class name", "open for writing",
            "a file opened for writing", ALL, OPENS, NONE;
        OpenForReading = 42, "class name", "open for reading",
            "a file opened for reading", ALL, OPENS, NONE;
        WriteToFile = 43, "text file", "write to file", "writes", ALL, CHANGES, NONE;
        ReadLine = 44, "class file", "read line", "the next line, nil at the end", ALL, OPENS, NONE;
        NewSemaphore = 100, "class", "new semaphore", "a semaphore", JAVA, OPENS, NONE;
        Wait = 101, "s", "wait", "waits until it is set; answers its value", JAVA, ANY, NONE;
        Signal = 102, "s value", "signal", "sets it", JAVA, CHANGES, NONE;
        SaveInPlace = 116, "", "save image in place",
            "saves the image to the file it came from", ALL, OPENS, NONE;
        Quit = 117, "o", "quit", "quits", ALL, WRITES.and(ENDS), NONE;
        MillisecondClock = 119, "", "millisecond clock",
            "milliseconds since the start", ALL, READS, NONE;
        ReadBytes = 150, "class file n", "read bytes",
            "the next n bytes of a file, fewer at its end, nil after that", ALL, OPENS, NONE;
        WriteStandard = 142, "text stream", "write standard",
            "writes the bytes to standard output (1) or standard error (2); answers text", ALL, CHANGES, NONE;
        ReadStandardLine = 143, "class", "read standard line",
            "the next line of standard input, nil at its end", ALL, OPENS, NONE;
        ProgramArgument = 144, "class n", "program argument",
            "what the user gave the program as its n-th argument, nil if that is nothing", ALL, MAKES, NONE;
        EnvironmentValue = 145, "class name", "environment value",
            "the value of a variable of the environment, nil if there is none", ALL, MAKES, NONE;
        Exit = 146, "code", "exit", "quits with that exit code", ALL, WRITES.and(ENDS).and(FAILS), NONE;
        Clock = 147, "positive negative clock", "clock",
            "nanoseconds: 1 since the beginning of 1970 in Greenwich, 2 since the start of the machine", ALL, MAKES, NONE;
        LocalOffset = 148, "seconds", "local offset",
            "by how many seconds clocks here are ahead of Greenwich, so many seconds (as text) after the beginning of 1970",
            ALL, ASKS, NONE;
    }

    /// Closures, and the way out of activations. Only this machine has them.
    Closures {
        RunClosure = 121, "closure arguments…", "run closure",
            "runs the closure in place of the running method", ALL, ANY.and(ENDS), NONE;
        RunClosureWith = 122, "closure array", "run closure with",
            "the same, with the elements of an Array as arguments", ALL, ANY.and(ENDS), NONE;
        MarkUnwind = 123, "", "mark for unwinding",
            "says, at the start of a method, that its first argument is to be run if it is left otherwise than by its own return",
            ALL, PURE, EVERY;
        MarkHandler = 124, "", "mark as handler",
            "says, at the start of a method, that it handles exceptions", ALL, PURE, EVERY;
        ReturnFrom = 103, "context value", "return from",
            "returns the value from the context's activation", ALL, ANY.and(ENDS), NONE;
        NextHandler = 104, "context", "next handler",
            "the context of the next activation that handles exceptions, outside the given one", ALL, OPENS, NONE;
        MarkHandling = 105, "", "mark as handling",
            "says, at the start of a method, that it runs a handler for the context that is its first argument",
            ALL, PURE, EVERY;
    }

    /// What only the JavaScript machine has.
    JavaScript {
        PageElement = 60 to 91, "", "page element",
            "an element of the web page: not to be had here, an error", PAGE, FAILS, NONE;
        Log = 99, "o", "log",
            "shows the text of o on standard error; called by `error:`, it tells of an error",
            SCRIPT.and(PAGE), CHANGES, NONE;
        Pi = 100, "class", "pi", "the Float pi", SCRIPT.and(PAGE), MAKES, NONE;
        Cosine = 101, "x", "cosine", "the cosine", SCRIPT.and(PAGE), MAKES, NONE;
        Sine = 102, "x", "sine", "the sine", SCRIPT.and(PAGE), MAKES, NONE;
    }

    /// What the program does that the image is embedded in.
    Host {
        HostFunction = 200 to 255, "arguments…", "host function", "the host's", ALL, ANY, NONE;
    }
}
